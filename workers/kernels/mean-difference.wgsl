// means[place] = mean |left − right|, or mean |left| where there is no right; one workgroup sums it all.

struct Parameters {
  length: u32,
  place: u32,
  hasRight: u32,
}

@group(0) @binding(0) var<uniform> parameters: Parameters;
@group(0) @binding(1) var<storage, read> left: array<f32>;
@group(0) @binding(2) var<storage, read> right: array<f32>;
@group(0) @binding(3) var<storage, read_write> means: array<f32>;

var<workgroup> sums: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) thread: u32) {
  var sum = 0.0;
  for (var index = thread; index < parameters.length; index += 256u) {
    // Without a right side that binding repeats the left one and must not be subtracted.
    if (parameters.hasRight == 1u) { sum += abs(left[index] - right[index]); } else { sum += abs(left[index]); }
  }
  sums[thread] = sum;
  for (var reach = 128u; reach > 0u; reach /= 2u) {
    workgroupBarrier();
    if (thread < reach) { sums[thread] += sums[thread + reach]; }
  }
  if (thread == 0u) { means[parameters.place] = sums[0] / f32(parameters.length); }
}
