#!/usr/bin/env python3
"""What scikit-learn and umap-learn make of the lessons' questions.

Writes tests/fixtures/lessons/{polynomial,vectors}.json: inputs, and what crates/lessons/tests must find. The data sets
are made here: measures of three kinds of flowers, of which two overlap, small pictures of strokes, and clouds.

Needs scikit-learn and umap-learn.
"""

import json
import pathlib
import warnings

import numpy
import umap
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.manifold import TSNE
from sklearn.metrics import mean_squared_error, silhouette_score
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import PolynomialFeatures, normalize

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "lessons"
SEED = 20261122
COMPARED = 10
SEEDS = (1, 2, 3)
DIGITS = "0123456789abcdefg"
# Corners of ten signs on a square from -1 to 1; each is drawn as one line.
SIGNS = [
    [(-0.5, -0.8), (0.5, -0.8), (0.5, 0.8), (-0.5, 0.8), (-0.5, -0.8)], [(0, -0.9), (0, 0.9)], [(-0.7, -0.7), (0.7, 0.7)],
    [(-0.6, -0.8), (0.6, -0.8), (-0.6, 0.8), (0.6, 0.8)], [(-0.7, 0.7), (0, -0.8), (0.7, 0.7)], [(-0.6, -0.8), (-0.6, 0.8), (0.6, 0.8)],
    [(-0.7, 0), (0.7, 0)], [(-0.7, -0.8), (0.7, -0.8), (0, -0.8), (0, 0.9)], [(0.6, -0.8), (-0.5, 0), (0.6, 0.8)],
    [(-0.7, -0.7), (-0.35, 0.8), (0, -0.2), (0.35, 0.8), (0.7, -0.7)],
]


def ridge(x, y, degree, l2):
    """The mean of squared errors + l2 · |w|²: scikit-learn takes the sum, so alpha is l2 · n. SVD is its exact solver."""
    features = PolynomialFeatures(degree, include_bias=False)
    powers = features.fit_transform(x[:, None])
    model = Ridge(alpha=l2 * len(x), solver="svd") if l2 > 0 else LinearRegression()
    model.fit(powers, y)
    return lambda places: model.predict(features.transform(places[:, None]))


def polynomial(random):
    x = random.uniform(-1, 1, 60).round(6)
    y = (numpy.sin(numpy.pi * x) + 0.2 * random.normal(size=60)).round(6)
    places = numpy.linspace(-1, 1, 21)
    cases = []
    for degree in (1, 2, 3, 5, 9, 12, 15):
        for l2 in (0.0, 1e-6, 1e-4, 0.01, 0.3, 10.0):
            if l2 == 0 and degree > 12:
                continue  # here the powers have lost too many digits: scikit-learn's own answer is not 1e-6 sure
            predicted = ridge(x, y, degree, l2)(places)
            cases.append({"degree": degree, "l2": l2, "predicted": predicted.tolist()})
    order = random.permutation(60)
    train, validation, test = (sorted(part.tolist()) for part in (order[:30], order[30:45], order[45:]))
    degrees, l2 = [1, 3, 6, 10], 1e-3
    errors = {"train": [], "validation": [], "test": []}
    for degree in degrees:
        predict = ridge(x[train], y[train], degree, l2)
        for part, rows in (("train", train), ("validation", validation), ("test", test)):
            errors[part].append(mean_squared_error(y[rows], predict(x[rows])))
    folds = [sorted(fold.tolist()) for fold in numpy.array_split(order, 5)]
    folded = []
    for degree in degrees:
        row = []
        for fold in folds:
            others = [index for index in range(60) if index not in fold]
            row.append(mean_squared_error(y[fold], ridge(x[others], y[others], degree, l2)(x[fold])))
        folded.append(row)
    split = {"train": train, "validation": validation, "test": test}
    return {
        "x": x.tolist(), "y": y.tolist(), "places": places.tolist(), "cases": cases,
        "capacity": {"split": split, "degrees": degrees, "l2": l2, **errors},
        "folds": {"parts": folds, "errors": folded, "mean": numpy.mean(folded, 1).tolist(),
                  "deviation": numpy.std(folded, 1, ddof=1).tolist()},
    }


def nearest(points, count):
    found = NearestNeighbors(n_neighbors=count + 1).fit(points).kneighbors(points, return_distance=False)
    return [[other for other in row if other != index][:count] for index, row in enumerate(found)]


def kept(original, positions):
    found = nearest(positions, COMPARED)
    return float(numpy.mean([len(set(a) & set(b)) / COMPARED for a, b in zip(original, found)]))


def maps(rows):
    """Share of neighbours kept, mean over seeds, by each program with its own defaults, over unit vectors."""
    unit = normalize(rows)
    original = nearest(unit, COMPARED)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        by_tsne = [kept(original, TSNE(random_state=seed).fit_transform(unit)) for seed in SEEDS]
        by_umap = [kept(original, umap.UMAP(random_state=seed).fit_transform(unit)) for seed in SEEDS]
        by_pca = kept(original, PCA(2).fit_transform(unit))
    return {"tsne": float(numpy.mean(by_tsne)), "umap": float(numpy.mean(by_umap)), "pca": by_pca}


def many(rows):
    """Four copies, each value moved by less than one: enough vectors that scikit-learn and ours go by trees."""
    places = numpy.arange(rows.size).reshape(rows.shape)
    return numpy.concatenate([rows + (places * 7919 + copy * 104729) % 1000 / 1000 for copy in range(4)])


def vectors(name, values, text, classes, k):
    rows = values.astype(numpy.float32).astype(numpy.float64)
    projection = PCA(2, svd_solver="full").fit(rows)
    # Means, not rows: between whole numbers, distances tie, and rounding would decide.
    centres = numpy.stack([part.mean(0) for part in numpy.array_split(rows, k)])
    clusters = KMeans(k, init=centres, n_init=1, tol=0, algorithm="lloyd").fit(rows)
    best = KMeans(k, n_init=50, random_state=SEED).fit(rows)
    distances, _ = NearestNeighbors(n_neighbors=COMPARED + 1, metric="cosine").fit(rows).kneighbors(rows[:20])
    return {
        "name": name, "count": len(rows), "dim": rows.shape[1], **text, "k": k,
        "pca": {"positions": projection.transform(rows)[:40].tolist(),
                "explained": projection.explained_variance_ratio_.tolist()},
        "kmeans": {"parts": [len(part) for part in numpy.array_split(rows, k)], "clusters": clusters.labels_.tolist(),
                   "inertia": clusters.inertia_, "best_inertia": best.inertia_},
        "silhouette": {"clusters": classes.tolist(),
                       "euclidean": float(silhouette_score(rows, classes)),
                       "cosine": float(silhouette_score(rows, classes, metric="cosine"))},
        "cosine_distances": distances[:, 1:].tolist(),
        "kept": maps(rows) if len(rows) > 100 else None,
    }


def flowers(random):
    """Four measures each of 150, in tenths: one kind stands apart, two meet."""
    middles = numpy.array([[5.0, 3.4, 1.5, 0.3], [5.9, 2.8, 4.3, 1.3], [6.6, 3.0, 5.5, 2.0]])
    shared = random.normal(size=(150, 1)) * [0.45, 0.25, 0.35, 0.15]
    kinds = numpy.repeat([0, 1, 2], 50)
    return (middles[kinds] + shared + random.normal(size=(150, 4)) * [0.2, 0.2, 0.2, 0.12]).clip(0.1).round(1), kinds


def strokes(random, count):
    """Pictures of 8 x 8 with values from 0 to 16: signs turned, moved and stretched a little."""
    grid = numpy.stack(numpy.meshgrid(numpy.arange(8), numpy.arange(8)), -1).reshape(-1, 2) / 3.5 - 1
    kinds, pictures = random.integers(0, len(SIGNS), count), []
    for kind in kinds:
        angle = random.normal() * 0.18
        turn = numpy.array([[numpy.cos(angle), -numpy.sin(angle)], [numpy.sin(angle), numpy.cos(angle)]])
        corners = numpy.array(SIGNS[kind]) * random.uniform(0.8, 1.1, 2) @ turn + random.normal(size=2) * 0.12
        far = numpy.full(64, numpy.inf)
        for start, end in zip(corners, corners[1:]):
            along = end - start
            place = numpy.clip((grid - start) @ along / (along @ along), 0, 1)
            far = numpy.minimum(far, numpy.linalg.norm(grid - start - place[:, None] * along, axis=1))
        ink = numpy.clip(1.35 - far / random.uniform(0.22, 0.34), 0, 1) * 16 + random.normal(size=64)
        pictures.append(ink.clip(0, 16).round().astype(int))
    return numpy.stack(pictures), kinds


def main():
    random = numpy.random.default_rng(SEED)
    FIXTURES.mkdir(parents=True, exist_ok=True)
    (FIXTURES / "polynomial.json").write_text(json.dumps(polynomial(random)) + "\n")
    measures, flower = flowers(random)
    pixels, sign = strokes(random, 500)
    spell = lambda rows: {"digits": "".join(DIGITS[value] for value in rows.ravel())}
    centres = random.normal(size=(6, 20)) * 1.2
    classes = random.integers(0, 6, 300)
    clouds = (centres[classes] + random.normal(size=(300, 20))).round(3)
    numbers = lambda rows: {"values": rows.ravel().tolist()}
    sets = [
        vectors("flowers", measures, numbers(measures), flower, 3),
        vectors("strokes", pixels, spell(pixels), sign, 10),
        vectors("few strokes", pixels[:40], spell(pixels[:40]), sign[:40], 5),
        vectors("clouds", clouds, numbers(clouds), classes, 6),
    ]
    sets[1]["kept_by_four"] = maps(many(pixels))
    (FIXTURES / "vectors.json").write_text(json.dumps(sets) + "\n")
    for found in sets:
        print(found["name"], found["kept"], found.get("kept_by_four"))


if __name__ == "__main__":
    main()
