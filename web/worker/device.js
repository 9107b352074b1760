// Which device answers, and why. A software adapter counts as none: it is slower than the CPU.

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render|warp/i;

/**
 * @param {DeviceChoice} choice
 * @returns {Promise<{kind: DeviceKind, reason: DeviceReason}>}
 */
export async function chooseDevice(choice) {
  if (choice === "cpu") return { kind: "cpu", reason: "forced" };
  const gpu = /** @type {WorkerNavigator2} */ (/** @type {unknown} */ (navigator)).gpu;
  if (!gpu) return { kind: "cpu", reason: "no-webgpu" };
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" }).catch(() => null);
  if (!adapter) return { kind: "cpu", reason: "no-adapter" };
  if (choice === "webgpu") return { kind: "webgpu", reason: "forced" };
  return isSoftware(adapter) ? { kind: "cpu", reason: "software-adapter" } : { kind: "webgpu", reason: "ok" };
}

/** @param {Adapter} adapter */
function isSoftware(adapter) {
  const info = adapter.info ?? {};
  if (info.isFallbackAdapter || adapter.isFallbackAdapter) return true;
  return SOFTWARE.test([info.vendor, info.architecture, info.device, info.description].join(" "));
}
