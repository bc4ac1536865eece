/** Bytes that are not what they should be: damaged, cut off, foreign or of another version. */
export class ByteError extends Error {
  override readonly name = 'ByteError';
}

/** How one kind of value stands in bytes: written and read in one place, so that the two can't drift apart. */
export interface Shape<T> {
  write(out: ByteWriter, value: T): void;
  /** @throws ByteError that says where, what was found and what was expected */
  read(from: ByteReader): T;
  /** Undefined stands for a field that isn't there. */
  readonly optional?: boolean;
}

/** Grows as it is written. Numbers are little endian. */
export class ByteWriter {
  /** Where in the value the writer stands, for errors. */
  readonly path: string[] = [];
  private buffer = new Uint8Array(32_768);
  private view = new DataView(this.buffer.buffer);
  private length = 0;

  uint8(value: number): void {
    this.view.setUint8(this.take(1), value);
  }

  uint32(value: number): void {
    this.view.setUint32(this.take(4), value, true);
  }

  float64(value: number): void {
    this.view.setFloat64(this.take(8), value, true);
  }

  /** So many bytes more, to be filled in. */
  bytes(length: number): Uint8Array {
    const at = this.take(length);
    return this.buffer.subarray(at, at + length);
  }

  finish(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  fail(words: string): never {
    throw new ByteError(`${this.path.join('.')}: ${words}`);
  }

  /** Makes room. @returns where it begins. */
  private take(bytes: number): number {
    const at = this.length;
    this.length += bytes;
    if (this.length > this.buffer.length) {
      const larger = new Uint8Array(Math.max(2 * this.buffer.length, this.length));
      larger.set(this.buffer);
      this.buffer = larger;
      this.view = new DataView(larger.buffer);
    }
    return at;
  }
}

/** Reads what a ByteWriter wrote. */
export class ByteReader {
  /** Where in the value the reader stands, for errors. */
  readonly path: string[] = [];
  private readonly buffer: Uint8Array;
  private readonly view: DataView;
  private at = 0;

  constructor(buffer: Uint8Array) {
    this.buffer = buffer;
    this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  }

  uint8(): number {
    return this.view.getUint8(this.take(1));
  }

  uint32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  float64(): number {
    return this.view.getFloat64(this.take(8), true);
  }

  bytes(length: number): Uint8Array {
    const at = this.take(length);
    return this.buffer.subarray(at, at + length);
  }

  /** Nothing may be left. */
  end(): void {
    const left = this.buffer.length - this.at;
    if (left > 0) this.fail(`${left} bytes are left at the end, none expected`);
  }

  fail(words: string): never {
    const where = this.path.length > 0 ? `${this.path.join('.')}: ` : '';
    throw new ByteError(`${where}${words}`);
  }

  private take(bytes: number): number {
    const { at } = this;
    const left = this.buffer.length - at;
    if (bytes > left) this.fail(`${left} bytes are left, ${bytes} expected`);
    this.at += bytes;
    return at;
  }
}

/** Any number, NaN, −0 and the infinities too. */
export const anyNumber: Shape<number> = {
  write: (out, value) => out.float64(value),
  read: (from) => from.float64(),
};

export const finite: Shape<number> = {
  write: (out, value) => {
    if (!Number.isFinite(value)) out.fail(`${value} found, a finite number expected`);
    out.float64(value);
  },
  read: (from) => {
    const value = from.float64();
    return Number.isFinite(value) ? value : from.fail(`${value} found, a finite number expected`);
  },
};

export const truth: Shape<boolean> = {
  write: (out, value) => out.uint8(value ? 1 : 0),
  read: (from) => {
    const value = from.uint8();
    return value <= 1 ? value === 1 : from.fail(`${value} found, 0 or 1 expected`);
  },
};

export const text: Shape<string> = {
  write: (out, value) => {
    const bytes = new TextEncoder().encode(value);
    out.uint32(bytes.length);
    out.bytes(bytes.length).set(bytes);
  },
  read: (from) => new TextDecoder().decode(from.bytes(from.uint32())),
};

/** One of a few words. */
export function word<T extends string>(...words: readonly T[]): Shape<T> {
  return {
    write: (out, value) => {
      const index = words.indexOf(value);
      if (index < 0) out.fail(`${value} found, one of ${words.join(', ')} expected`);
      out.uint8(index);
    },
    read: (from) => {
      const index = from.uint8();
      return words[index] ?? from.fail(`word ${index} found, one of ${words.join(', ')} expected`);
    },
  };
}

/** A value that may be undefined. */
export function maybe<T>(shape: Shape<T>): Shape<T | undefined> {
  return {
    write: (out, value) => {
      truth.write(out, value !== undefined);
      if (value !== undefined) shape.write(out, value);
    },
    read: (from) => (truth.read(from) ? shape.read(from) : undefined),
  };
}

/** A field that may be missing. */
export function optional<T>(shape: Shape<T>): Shape<T | undefined> {
  return { ...maybe(shape), optional: true };
}

export function list<T>(shape: Shape<T>): Shape<T[]> {
  return {
    write: (out, values) => {
      out.uint32(values.length);
      for (const value of values) shape.write(out, value);
    },
    // Not made in one go: a damaged length must not take the memory.
    read: (from) => {
      const values: T[] = [];
      for (let left = from.uint32(); left > 0; left--) values.push(shape.read(from));
      return values;
    },
  };
}

type Fields<T> = { readonly [K in keyof Required<T>]: Shape<T[K]> };

/** An object, field by field in the order given. */
export function record<T extends object>(fields: Fields<T>): Shape<T> {
  const entries = Object.entries(fields) as [keyof T & string, Shape<T[keyof T]>][];
  return {
    write: (out, value) => {
      for (const [name, shape] of entries) {
        out.path.push(name);
        shape.write(out, value[name]);
        out.path.pop();
      }
    },
    read: (from) => {
      const value: Record<string, unknown> = {};
      for (const [name, shape] of entries) {
        from.path.push(name);
        const read = shape.read(from);
        if (read !== undefined || !shape.optional) value[name] = read;
        from.path.pop();
      }
      return value as T;
    },
  };
}

/** Objects told apart by their `kind`. */
export function kinds<T extends { readonly kind: string }>(
  shapes: {
    readonly [K in T['kind']]: Shape<Omit<Extract<T, { readonly kind: K }>, 'kind'>>;
  },
): Shape<T> {
  const kind = word(...(Object.keys(shapes) as T['kind'][]));
  const shapeOf = (name: T['kind']) => shapes[name] as Shape<Omit<T, 'kind'>>;
  return {
    write: (out, value) => {
      kind.write(out, value.kind);
      shapeOf(value.kind).write(out, value);
    },
    read: (from) => {
      const name = kind.read(from);
      return { kind: name, ...shapeOf(name).read(from) } as T;
    },
  };
}

type NumberArray = Float64Array | Float32Array | Int16Array;

/**
 * A typed array, bit for bit: first the lowest byte of each number, then the next one of each, as neighbours' high bytes are alike
 * and so compress well.
 * @param must `finite`: NaN and the infinities are refused.
 */
export function numbers<T extends NumberArray>(
  type: { new (length: number): T; readonly BYTES_PER_ELEMENT: number },
  must: 'finite' | 'any' = 'finite',
): Shape<T> {
  const width = type.BYTES_PER_ELEMENT;
  const wrong = (array: T) => (must === 'finite' ? array.find((value) => !Number.isFinite(value)) : undefined);
  return {
    write: (out, array) => {
      const strange = wrong(array);
      if (strange !== undefined) out.fail(`${strange} found, finite numbers expected`);
      const { length } = array;
      const own = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
      out.uint32(length);
      const bytes = out.bytes(own.length);
      for (let byte = 0; byte < width; byte++)
        for (let i = 0; i < length; i++) bytes[byte * length + i] = own[i * width + byte]!;
    },
    read: (from) => {
      const length = from.uint32();
      const bytes = from.bytes(length * width);
      const array = new type(length);
      const own = new Uint8Array(array.buffer);
      for (let byte = 0; byte < width; byte++)
        for (let i = 0; i < length; i++) own[i * width + byte] = bytes[byte * length + i]!;
      const strange = wrong(array);
      return strange === undefined ? array : from.fail(`${strange} found, finite numbers expected`);
    },
  };
}
