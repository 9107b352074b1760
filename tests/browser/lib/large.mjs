// Names and shapes of a whole CLIP, as transformers writes them.

/** @param {any} config config.json @returns {[string, number[]][]} */
export function clipTensors({ text_config: text, vision_config: vision, projection_dim: dim }) {
  const patches = (vision.image_size / vision.patch_size) ** 2;
  return [
    ["logit_scale", []],
    ["text_model.embeddings.token_embedding.weight", [text.vocab_size, text.hidden_size]],
    ["text_model.embeddings.position_embedding.weight", [text.max_position_embeddings, text.hidden_size]],
    ...tower("text_model", text),
    ...norm("text_model.final_layer_norm", text.hidden_size),
    ["vision_model.embeddings.class_embedding", [vision.hidden_size]],
    ["vision_model.embeddings.patch_embedding.weight", [vision.hidden_size, 3, vision.patch_size, vision.patch_size]],
    ["vision_model.embeddings.position_embedding.weight", [1 + patches, vision.hidden_size]],
    ...norm("vision_model.pre_layrnorm", vision.hidden_size),
    ...tower("vision_model", vision),
    ...norm("vision_model.post_layernorm", vision.hidden_size),
    ["visual_projection.weight", [dim, vision.hidden_size]],
    ["text_projection.weight", [dim, text.hidden_size]],
  ];
}

/** @param {string} name @param {number} width @returns {[string, number[]][]} */
const norm = (name, width) => [[`${name}.weight`, [width]], [`${name}.bias`, [width]]];
/** @param {string} name @param {number} from @param {number} to @returns {[string, number[]][]} */
const linear = (name, from, to) => [[`${name}.weight`, [to, from]], [`${name}.bias`, [to]]];

/** @param {string} name @param {any} config @returns {[string, number[]][]} */
function tower(name, { hidden_size: width, intermediate_size: wide, num_hidden_layers: layers }) {
  return Array.from({ length: layers }, (_, at) => `${name}.encoder.layers.${at}`).flatMap((layer) => [
    ...["q_proj", "k_proj", "v_proj", "out_proj"].flatMap((part) => linear(`${layer}.self_attn.${part}`, width, width)),
    ...norm(`${layer}.layer_norm1`, width), ...norm(`${layer}.layer_norm2`, width),
    ...linear(`${layer}.mlp.fc1`, width, wide), ...linear(`${layer}.mlp.fc2`, wide, width),
  ]);
}
