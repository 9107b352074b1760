//! `preprocessor_config.json`: from a picture to what a vision tower reads.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::InputError;
use crate::json::check_depth;
use crate::picture::Picture;
use crate::resample::{Filter, Side, resize};

/// Bytes of `preprocessor_config.json` at most; known ones have under a thousand.
pub const MAX_PREPROCESSOR_BYTES: usize = 1 << 16;
/// Pixels on a side of what a model gets, at most.
pub const MAX_MODEL_SIDE: u32 = 4096;

/// CLIP's mean of each colour over its training pictures, on the scale 0 to 1.
const CLIP_MEAN: [f64; 3] = [0.48145466, 0.4578275, 0.40821073];
/// CLIP's standard deviation of each colour.
const CLIP_STD: [f64; 3] = [0.26862954, 0.26130258, 0.27577711];
const CLIP_SIZE: u32 = 224;
/// Classes of the reference that take the steps below, and none else.
const CLASSES: [&str; 7] = [
    "CLIPImageProcessor",
    "CLIPImageProcessorFast",
    "CLIPImageProcessorPil",
    "CLIPFeatureExtractor",
    "ChineseCLIPImageProcessor",
    "ChineseCLIPImageProcessorFast",
    "ChineseCLIPFeatureExtractor",
];

/// A rectangle of a picture, in its pixels, from the top left corner.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Crop {
    /// Pixels left of it.
    pub x: f32,
    /// Pixels above it.
    pub y: f32,
    /// Pixels across.
    pub width: f32,
    /// Pixels down.
    pub height: f32,
}

/// What the resized picture measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    ShortestEdge(u32),
    Exact { width: u32, height: u32 },
}

/// Resize, centre crop, rescale and normalise, as the checkpoint was trained with.
///
/// Source: `CLIPImageProcessor` of the reference library, in the variant that runs on Pillow.
#[derive(Debug, Clone)]
pub struct ImageProcessor {
    size: Option<Size>,
    filter: Filter,
    /// Width and height of the centre crop.
    crop: Option<(u32, u32)>,
    output: (u32, u32),
    /// By colour, the number that the model gets for each of the 256 values.
    levels: Box<[[f32; 256]; 3]>,
}

/// One side of a picture on its way through resize and crop.
struct Cut {
    side: Side,
    /// Zeros before the picture begins, where it is smaller than the crop.
    before: usize,
    /// Pixels that the model gets.
    out: usize,
}

impl Cut {
    fn of(from: u32, to: u32, crop: Option<u32>) -> Self {
        let out = crop.unwrap_or(to);
        let (window, before) = if out <= to {
            let start = (to - out) / 2;
            (start..start + out, 0)
        } else {
            (0..to, (out - to).div_ceil(2) as usize)
        };
        Self { side: Side { from, to, window }, before, out: out as usize }
    }

    /// Start and length of the window on the source.
    fn seen(&self) -> (f32, f32) {
        let scale = f64::from(self.side.from) / f64::from(self.side.to);
        let (start, length) = (f64::from(self.side.window.start), self.side.window.len() as f64);
        ((start * scale) as f32, (length * scale) as f32)
    }
}

impl ImageProcessor {
    /// Reads `preprocessor_config.json`. Fields that it lacks have CLIP's own values, as in the reference.
    ///
    /// Accepts `size` and `crop_size` in every spelling that released checkpoints use: a number, `{"shortest_edge"}`,
    /// `{"height", "width"}`.
    ///
    /// # Errors
    /// [`InputError::PreprocessorMalformed`] for what is no JSON object, and [`InputError::PreprocessorField`] for
    /// the first field that is wrong, unknown in its value, or leaves open how large the result is.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InputError> {
        let malformed = |reason: String| InputError::PreprocessorMalformed { reason };
        if bytes.len() > MAX_PREPROCESSOR_BYTES {
            return Err(malformed(format!("{} bytes, above the limit of {MAX_PREPROCESSOR_BYTES}", bytes.len())));
        }
        check_depth(bytes, 32).map_err(|error| malformed(error.to_string()))?;
        let fields: Map<String, Value> = serde_json::from_slice(bytes).map_err(|error| malformed(error.to_string()))?;
        let fields = Fields(fields);
        fields.check_class()?;

        let size = fields.switch("do_resize", true)?.then(|| fields.size()).transpose()?;
        let crop = fields.switch("do_center_crop", true)?.then(|| fields.crop_size()).transpose()?;
        if fields.switch("do_pad", false)? {
            return Err(field_error("do_pad", "padding is not supported"));
        }
        let output = match (crop, size) {
            (Some(crop), _) => crop,
            (None, Some(Size::Exact { width, height })) => (width, height),
            (None, _) => return Err(field_error("do_center_crop", "without it, pictures differ in size")),
        };
        let scale = fields.switch("do_rescale", true)?.then(|| fields.factor()).transpose()?;
        let colours = fields.switch("do_normalize", true)?.then(|| fields.colours()).transpose()?;
        Ok(Self { size, filter: fields.filter()?, crop, output, levels: levels(scale, colours) })
    }

    /// CLIP's own steps at `image_size` pixels: for checkpoints that come without `preprocessor_config.json`.
    ///
    /// `image_size` is taken into the range from 1 to [`MAX_MODEL_SIDE`].
    pub fn clip(image_size: u32) -> Self {
        let side = image_size.clamp(1, MAX_MODEL_SIDE);
        Self {
            size: Some(Size::ShortestEdge(side)),
            filter: Filter::Bicubic,
            crop: Some((side, side)),
            output: (side, side),
            levels: levels(Some(1.0 / 255.0), Some((CLIP_MEAN, CLIP_STD))),
        }
    }

    /// Width and height, in pixels, of what the model gets.
    pub fn output(&self) -> (u32, u32) {
        self.output
    }

    /// What the model sees of a picture of `width` × `height` pixels (both above 0), in pixels of that picture,
    /// turned upright as [`Picture`] is. The rest is what the crop cut off.
    pub fn crop(&self, width: u32, height: u32) -> Crop {
        let (columns, rows) = self.cuts(width.max(1), height.max(1));
        let ((x, width), (y, height)) = (columns.seen(), rows.seen());
        Crop { x, y, width, height }
    }

    /// The model's view while it is still a picture: resized and cropped, black where the picture is smaller than
    /// the crop.
    pub fn resized(&self, picture: &Picture) -> Picture {
        let (columns, rows) = self.cuts(picture.width, picture.height);
        let window = resize(&picture.rgb, &columns.side, &rows.side, self.filter);
        let (width, height) = self.output;
        let rgb = if window.len() == columns.out * rows.out * 3 {
            window
        } else {
            let mut framed = vec![0; columns.out * rows.out * 3];
            let lines = framed.chunks_exact_mut(columns.out * 3).skip(rows.before);
            for (line, row) in lines.zip(window.chunks_exact(columns.side.window.len() * 3)) {
                line[columns.before * 3..][..row.len()].copy_from_slice(row);
            }
            framed
        };
        Picture { width, height, rgb, format: picture.format }
    }

    /// What the vision tower reads.
    ///
    /// # Shapes
    /// returns `[3 × height × width]`, channels first, normalised; see [`ImageProcessor::output`]
    pub fn pixels(&self, picture: &Picture) -> Vec<f32> {
        self.normalised(&self.resized(picture))
    }

    /// The second half of [`ImageProcessor::pixels`]: of a picture that [`ImageProcessor::resized`] gave.
    pub fn normalised(&self, seen: &Picture) -> Vec<f32> {
        let plane = |colour: usize| {
            let levels = &self.levels[colour];
            seen.rgb.iter().skip(colour).step_by(3).map(|&value| levels[usize::from(value)])
        };
        let mut pixels = Vec::with_capacity(seen.rgb.len());
        (0..3).for_each(|colour| pixels.extend(plane(colour)));
        pixels
    }

    fn cuts(&self, width: u32, height: u32) -> (Cut, Cut) {
        let (to_width, to_height) = match self.size {
            None => (width, height),
            Some(Size::Exact { width, height }) => (width, height),
            // The long side is cut to whole pixels, not rounded.
            Some(Size::ShortestEdge(edge)) => {
                let long = (f64::from(edge) * f64::from(width.max(height)) / f64::from(width.min(height))) as u32;
                if width <= height { (edge, long) } else { (long, edge) }
            }
        };
        let (crop_width, crop_height) = self.crop.unzip();
        (Cut::of(width, to_width, crop_width), Cut::of(height, to_height, crop_height))
    }
}

/// The arithmetic of the reference, for each of the 256 values: rescaled in double precision, normalised in single.
fn levels(scale: Option<f64>, colours: Option<([f64; 3], [f64; 3])>) -> Box<[[f32; 256]; 3]> {
    let mut levels = Box::new([[0.0; 256]; 3]);
    for (colour, levels) in levels.iter_mut().enumerate() {
        for (value, level) in levels.iter_mut().enumerate() {
            *level = scale.map_or(value as f32, |scale| (value as f64 * scale) as f32);
            if let Some((mean, std)) = colours {
                *level = (*level - mean[colour] as f32) / std[colour] as f32;
            }
        }
    }
    levels
}

fn field_error(field: &str, reason: impl Into<String>) -> InputError {
    InputError::PreprocessorField { field: field.to_owned(), reason: reason.into() }
}

/// The file's fields; `null` counts as absent.
struct Fields(Map<String, Value>);

impl Fields {
    fn get(&self, field: &str) -> Option<&Value> {
        self.0.get(field).filter(|value| !value.is_null())
    }

    fn check_class(&self) -> Result<(), InputError> {
        for field in ["image_processor_type", "feature_extractor_type"] {
            let Some(value) = self.get(field) else { continue };
            let class = value.as_str().ok_or_else(|| field_error(field, "not a string"))?;
            if !CLASSES.contains(&class) {
                let class: String = class.chars().take(64).collect();
                return Err(field_error(field, format!("{class:?} is none of {}", CLASSES.join(", "))));
            }
        }
        Ok(())
    }

    fn switch(&self, field: &str, otherwise: bool) -> Result<bool, InputError> {
        self.get(field)
            .map_or(Ok(otherwise), |value| value.as_bool().ok_or_else(|| field_error(field, "neither true nor false")))
    }

    fn size(&self) -> Result<Size, InputError> {
        match self.get("size") {
            None => Ok(Size::ShortestEdge(CLIP_SIZE)),
            Some(Value::Object(sides)) if sides.contains_key("longest_edge") => {
                Err(field_error("size", "\"longest_edge\" is not supported"))
            }
            Some(Value::Object(sides)) => match sides.get("shortest_edge") {
                Some(edge) => side("size", edge).map(Size::ShortestEdge),
                None => pair("size", sides).map(|(width, height)| Size::Exact { width, height }),
            },
            Some(edge) => side("size", edge).map(Size::ShortestEdge),
        }
    }

    fn crop_size(&self) -> Result<(u32, u32), InputError> {
        match self.get("crop_size") {
            None => Ok((CLIP_SIZE, CLIP_SIZE)),
            Some(Value::Object(sides)) => pair("crop_size", sides),
            Some(value) => side("crop_size", value).map(|side| (side, side)),
        }
    }

    fn filter(&self) -> Result<Filter, InputError> {
        let Some(value) = self.get("resample") else { return Ok(Filter::Bicubic) };
        let filter = value.as_u64().and_then(Filter::from_number);
        filter.ok_or_else(|| field_error("resample", "not a whole number from 0 to 5"))
    }

    fn factor(&self) -> Result<f64, InputError> {
        let Some(value) = self.get("rescale_factor") else { return Ok(1.0 / 255.0) };
        let factor = value.as_f64().filter(|factor| factor.is_finite() && *factor != 0.0);
        factor.ok_or_else(|| field_error("rescale_factor", "not a number other than 0"))
    }

    fn colours(&self) -> Result<([f64; 3], [f64; 3]), InputError> {
        let mean = self.three("image_mean", CLIP_MEAN)?;
        let std = self.three("image_std", CLIP_STD)?;
        if std.iter().any(|std| *std as f32 <= 0.0) {
            return Err(field_error("image_std", "a standard deviation not above 0"));
        }
        Ok((mean, std))
    }

    fn three(&self, field: &str, otherwise: [f64; 3]) -> Result<[f64; 3], InputError> {
        let Some(value) = self.get(field) else { return Ok(otherwise) };
        let wrong = || field_error(field, "not a list of three numbers");
        let numbers: Option<Vec<f64>> = value.as_array().ok_or_else(wrong)?.iter().map(Value::as_f64).collect();
        let numbers: [f64; 3] = numbers.ok_or_else(wrong)?.try_into().map_err(|_| wrong())?;
        if numbers.iter().any(|number| !(*number as f32).is_finite()) {
            return Err(wrong());
        }
        Ok(numbers)
    }
}

fn side(field: &str, value: &Value) -> Result<u32, InputError> {
    let side = value.as_u64().and_then(|side| u32::try_from(side).ok());
    side.filter(|side| (1..=MAX_MODEL_SIDE).contains(side))
        .ok_or_else(|| field_error(field, format!("not whole pixels from 1 to {MAX_MODEL_SIDE}")))
}

/// Width and height of `{"height", "width"}`.
fn pair(field: &str, sides: &Map<String, Value>) -> Result<(u32, u32), InputError> {
    let one = |name: &str| sides.get(name).ok_or_else(|| field_error(field, format!("no {name:?} in it")));
    Ok((side(field, one("width")?)?, side(field, one("height")?)?))
}
