// result = Σ weights[i] · term[i], one to three terms of one length, float32, added in order.
// The Euler step and every payload are such sums.

struct Parameters {
  weights: vec4f, // the fourth is unused
  length: u32,
  termCount: u32,
}

@group(0) @binding(0) var<uniform> parameters: Parameters;
@group(0) @binding(1) var<storage, read> term0: array<f32>;
@group(0) @binding(2) var<storage, read> term1: array<f32>;
@group(0) @binding(3) var<storage, read> term2: array<f32>;
@group(0) @binding(4) var<storage, read_write> result: array<f32>;

@compute @workgroup_size(64)
fn main(
  @builtin(global_invocation_id) invocation: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  // Strided, so that any length fits the limit of workgroups per dimension.
  let stride = workgroups.x * 64u;
  for (var index = invocation.x; index < parameters.length; index += stride) {
    var sum = parameters.weights.x * term0[index];
    // Unused terms repeat the first one and must not be read: 0 · infinity is not 0.
    if (parameters.termCount > 1u) { sum += parameters.weights.y * term1[index]; }
    if (parameters.termCount > 2u) { sum += parameters.weights.z * term2[index]; }
    result[index] = sum;
  }
}
