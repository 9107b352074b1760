//! A picture as it might also have been: turned, cropped, recoloured, on another ground. What the model learns must not hang on
//! the style of a sheet.

use rand::Rng;
use rand::rngs::StdRng;

use super::data::Shelved;

/// CLIP's own normalisation (its `preprocessor_config.json`).
pub const MEAN: [f32; 3] = [0.481_454_66, 0.457_827_5, 0.408_210_73];
/// As [`MEAN`].
pub const STD: [f32; 3] = [0.268_629_54, 0.261_302_6, 0.275_777_1];

/// From the plane of the result to the plane of the picture, both −1 to 1.
struct Warp {
    cos: f32,
    sin: f32,
    scale: [f32; 2],
    shift: [f32; 2],
}

fn warp(photo: bool, strength: f32, rng: &mut StdRng) -> Warp {
    let angle = around(0.0, 0.2 * strength, rng);
    // Below 1 a part is seen, above 1 the object shrinks into its ground.
    let (least, most) =
        if photo { (1.0 - 0.45 * strength, 1.0) } else { (1.0 - 0.2 * strength, 1.0 + 0.45 * strength) };
    let scale = least + (most - least) * rng.random::<f32>();
    let stretch = around(1.0, 0.13 * strength, rng);
    let free = if photo { 1.0 - scale } else { 0.18 * strength };
    let mirror = if photo && rng.random_bool(0.5) { -1.0 } else { 1.0 };
    Warp {
        cos: angle.cos(),
        sin: angle.sin(),
        scale: [mirror * scale * stretch, scale / stretch],
        shift: [rng.random_range(-1.0..1.0) * free, rng.random_range(-1.0..1.0) * free],
    }
}

/// What an emoji stands on.
enum Ground<'a> {
    Gradient([f32; 3], [f32; 3], f32),
    Photo(&'a Shelved),
}

/// Evenly from `middle − spread` to `middle + spread`.
fn around(middle: f32, spread: f32, rng: &mut StdRng) -> f32 {
    middle + spread * (rng.random::<f32>() * 2.0 - 1.0)
}

fn colour(rng: &mut StdRng) -> [f32; 3] {
    [rng.random(), rng.random(), rng.random()]
}

fn ground<'a>(photos: &'a [&'a Shelved], strength: f32, rng: &mut StdRng) -> Ground<'a> {
    if rng.random::<f32>() > 0.6 * strength {
        return Ground::Gradient([1.0; 3], [1.0; 3], 0.0);
    }
    match rng.random_range(4..10) {
        4..6 => {
            let one = colour(rng);
            Ground::Gradient(one, one, 0.0)
        }
        6 => Ground::Gradient([0.06; 3], [0.1; 3], 0.0),
        7..9 => Ground::Gradient(colour(rng), colour(rng), rng.random_range(0.0..6.3)),
        _ if photos.is_empty() => Ground::Gradient(colour(rng), colour(rng), 0.8),
        _ => Ground::Photo(photos[rng.random_range(0..photos.len())]),
    }
}

/// Bilinear, colour multiplied by alpha; outside is transparent for an emoji and the mirrored picture for a photo.
fn sample(picture: &Shelved, u: f32, v: f32) -> [f32; 4] {
    let (width, height) = (picture.width as i32, picture.height as i32);
    let x = (u + 1.0) * 0.5 * width as f32 - 0.5;
    let y = (v + 1.0) * 0.5 * height as f32 - 0.5;
    let (x0, y0) = (x.floor(), y.floor());
    let (fx, fy) = (x - x0, y - y0);
    let mut out = [0.0; 4];
    for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
        let weight = if dx == 0 { 1.0 - fx } else { fx } * if dy == 0 { 1.0 - fy } else { fy };
        let (mut px, mut py) = (x0 as i32 + dx, y0 as i32 + dy);
        if picture.photo {
            px = mirror(px, width);
            py = mirror(py, height);
        } else if px < 0 || py < 0 || px >= width || py >= height {
            continue;
        }
        let at = ((py * width + px) * 4) as usize;
        let alpha = f32::from(picture.rgba[at + 3]) / 255.0 * weight;
        out.iter_mut().zip(&picture.rgba[at..at + 3]).for_each(|(sum, &c)| *sum += f32::from(c) / 255.0 * alpha);
        out[3] += alpha;
    }
    out
}

fn mirror(at: i32, size: i32) -> i32 {
    let at = at.rem_euclid(2 * size);
    if at < size { at } else { 2 * size - 1 - at }
}

/// One view of a picture, ready for the model: `[3 × side × side]`.
///
/// `photos` are grounds to put emoji on; `strength` goes from 0, the picture as it is, to 1.
pub fn view(picture: &Shelved, photos: &[&Shelved], side: usize, strength: f32, rng: &mut StdRng) -> Vec<f32> {
    let warp = warp(picture.photo, strength, rng);
    let ground = ground(photos, strength, rng);
    let mut pixels = vec![[0.0f32; 3]; side * side];
    for (at, pixel) in pixels.iter_mut().enumerate() {
        let u = ((at % side) as f32 + 0.5) / side as f32 * 2.0 - 1.0;
        let v = ((at / side) as f32 + 0.5) / side as f32 * 2.0 - 1.0;
        let x = (warp.cos * u - warp.sin * v) * warp.scale[0] + warp.shift[0];
        let y = (warp.sin * u + warp.cos * v) * warp.scale[1] + warp.shift[1];
        let [r, g, b, alpha] = sample(picture, x, y);
        *pixel = [r, g, b];
        if alpha < 1.0 {
            let behind = match &ground {
                Ground::Gradient(from, to, angle) => {
                    let t = (u * angle.cos() + v * angle.sin()) * 0.5 + 0.5;
                    [0, 1, 2].map(|c| from[c] + (to[c] - from[c]) * t.clamp(0.0, 1.0))
                }
                Ground::Photo(photo) => {
                    let [r, g, b, _] = sample(photo, u, v);
                    [r, g, b]
                }
            };
            (0..3).for_each(|c| pixel[c] += behind[c] * (1.0 - alpha));
        }
    }
    if rng.random::<f32>() < 0.12 * strength {
        pixels = blurred(&pixels, side);
    }
    recolour(&mut pixels, strength, rng);
    let mut out = vec![0.0; 3 * side * side];
    for (at, pixel) in pixels.iter().enumerate() {
        for c in 0..3 {
            out[c * side * side + at] = (pixel[c].clamp(0.0, 1.0) - MEAN[c]) / STD[c];
        }
    }
    out
}

fn recolour(pixels: &mut [[f32; 3]], strength: f32, rng: &mut StdRng) {
    let brightness = around(1.0, 0.2 * strength, rng);
    let contrast = around(1.0, 0.25 * strength, rng);
    let grey = rng.random::<f32>() < 0.1 * strength;
    let saturation = if grey { 0.0 } else { around(1.0, 0.45 * strength, rng) };
    let cast: [f32; 3] = [0; 3].map(|_| around(1.0, 0.07 * strength, rng));
    let noise = if rng.random::<f32>() < 0.15 * strength { 0.08 * rng.random::<f32>() } else { 0.0 };
    for pixel in pixels {
        let grey = pixel[0] * 0.299 + pixel[1] * 0.587 + pixel[2] * 0.114;
        for (value, cast) in pixel.iter_mut().zip(cast) {
            let coloured = grey + (*value - grey) * saturation;
            *value = (coloured * brightness * cast - 0.5) * contrast + 0.5;
            if noise > 0.0 {
                *value += rng.random_range(-noise..noise);
            }
        }
    }
}

/// A box of 3 × 3.
fn blurred(pixels: &[[f32; 3]], side: usize) -> Vec<[f32; 3]> {
    let near = |at: usize| at.saturating_sub(1)..(at + 2).min(side);
    let mean = |at: usize| {
        let (row, column) = (at / side, at % side);
        let mut sum = [0.0; 3];
        let mut count = 0.0;
        for pixel in near(row).flat_map(|r| near(column).map(move |c| &pixels[r * side + c])) {
            (0..3).for_each(|c| sum[c] += pixel[c]);
            count += 1.0;
        }
        sum.map(|s| s / count)
    };
    (0..pixels.len()).map(mean).collect()
}
