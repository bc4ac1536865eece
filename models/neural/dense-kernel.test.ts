import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Dense, DenseKernel } from './dense-kernel.ts';
import { DENSE_WASM } from './dense-wasm.ts';

const size = fc.integer({ min: 1, max: 70 });
const number = fc.float({ noNaN: true, noDefaultInfinity: true });
const dense: fc.Arbitrary<Dense> = fc.tuple(size, size).chain(([inputs, outputs]) =>
  fc.record({
    inputs: fc.constant(inputs),
    outputs: fc.constant(outputs),
    weights: fc.float32Array({ minLength: inputs * outputs, maxLength: inputs * outputs, noNaN: true }),
    biases: fc.float32Array({ minLength: outputs, maxLength: outputs, noNaN: true }),
  }),
);

/** The definition, a sum after another. */
function multiplied({ inputs, outputs, weights, biases }: Dense, input: ArrayLike<number>): number[] {
  return Array.from({ length: outputs }, (_, o) => {
    let sum = biases[o]!;
    for (let i = 0; i < inputs; i++) sum += input[i]! * weights[i * outputs + o]!;
    return sum;
  });
}

describe('the kernel of dense layers', () => {
  it('gives what the sums in JavaScript give, to the last bit, and zeros where it fills up its blocks', () => {
    fc.assert(
      fc.property(dense, fc.array(number, { minLength: 70, maxLength: 70 }), (layer, values) => {
        const { inputs, outputs } = layer;
        const kernel = new DenseKernel([layer], [inputs, outputs]);
        const [input, out] = [kernel.vector(inputs), kernel.vector(outputs)];
        const own = kernel.layer(layer);
        input.values.set(values.slice(0, inputs));
        kernel.multiply(own, own.biases, input, out);
        expect([...out.values.subarray(0, outputs)]).toEqual(multiplied(layer, values));
        // 0 · an input that is no number at all is none either: what is filled up is never read.
        if (values.every(Number.isFinite))
          expect(out.values.subarray(outputs).every((value) => value === 0)).toBe(true);
      }),
    );
  });

  it('goes on from where its output is', () => {
    const layer = { inputs: 1, outputs: 1, weights: Float32Array.of(2), biases: Float32Array.of(5) };
    const kernel = new DenseKernel([layer], [1, 1]);
    const [input, out] = [kernel.vector(1), kernel.vector(1)];
    const own = kernel.layer(layer);
    input.values[0] = 3;
    kernel.multiply(own, own.biases, input, out);
    kernel.multiply(own, out, input, out);
    expect(out.values[0]).toBe(5 + 2 * 3 + 2 * 3);
  });

  it('many kernels at once: none writes where another one is', () => {
    const layer = (weight: number) => ({
      inputs: 400,
      outputs: 40,
      weights: new Float32Array(400 * 40).fill(weight),
      biases: new Float32Array(40),
    });
    // 130 kB each, so that some of them share a memory and some do not.
    const all = Array.from({ length: 100 }, (_, n) => {
      const kernel = new DenseKernel([layer(n)], [400, 40]);
      return { kernel, own: kernel.layer(layer(n)), input: kernel.vector(400), out: kernel.vector(40) };
    });
    for (const { input } of all) input.values.fill(1);
    for (const { kernel, own, input, out } of all) kernel.multiply(own, own.biases, input, out);
    expect(all.map(({ out }) => out.values[39])).toEqual(all.map((_, n) => 400 * n));
  });

  it('is assembled from the text beside it', async () => {
    const { assembled } = (await import(new URL('./dense-kernel.mjs', import.meta.url).href)) as {
      assembled(): Promise<Uint8Array>;
    };
    expect(Buffer.from(await assembled()).toString('base64')).toBe(DENSE_WASM);
  });
});
