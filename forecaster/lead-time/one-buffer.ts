/** Plain data: numbers, words, typed arrays, and objects and lists of them. */
type TypedArray = Float64Array | Float32Array | Int16Array;

/** Every array begins at a multiple of this, as the widest numbers must. */
const ALIGNMENT = 8;

/**
 * A copy of plain data whose typed arrays stand in one buffer, one after another: each buffer of its own would cost 200 bytes more and
 * an allocation, and a workload has twenty.
 */
export function inOneBuffer<T>(data: T): T {
  let bytes = 0;
  visit(data, (array) => {
    bytes += aligned(array.byteLength);
    return array;
  });
  const buffer = new ArrayBuffer(bytes);
  let at = 0;
  return visit(data, (array) => {
    const type = array.constructor as { new (buffer: ArrayBuffer, at: number, length: number): TypedArray };
    const copy = new type(buffer, at, array.length);
    copy.set(array);
    at += aligned(array.byteLength);
    return copy;
  }) as T;
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** A copy with every typed array replaced, in an order that is the same each time. */
function visit(data: unknown, replace: (array: TypedArray) => TypedArray): unknown {
  if (ArrayBuffer.isView(data)) return replace(data as TypedArray);
  if (Array.isArray(data)) return data.map((item) => visit(item, replace));
  if (typeof data !== 'object' || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, visit(value, replace)]));
}
