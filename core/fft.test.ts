import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fft, powerOfTwo, powerSpectrum } from './fft.ts';

test('energy is the same on both sides (Parseval)', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 64 }),
      (values) => {
        const size = powerOfTwo(values.length);
        const re = new Float64Array(size);
        const im = new Float64Array(size);
        re.set(values);
        fft(re, im);
        const spectrum = re.reduce((sum, r, i) => sum + r * r + im[i]! * im[i]!, 0) / size;
        const energy = values.reduce((sum, v) => sum + v * v, 0);
        expect(Math.abs(spectrum - energy)).toBeLessThan(1e-9 * (1 + energy));
      },
    ),
  );
});

test('a wave of 8 cycles stands at frequency 8', () => {
  const power = powerSpectrum(
    Float64Array.from({ length: 128 }, (_, i) => Math.sin((2 * Math.PI * 8 * i) / 128)),
    128,
  );
  expect(power.indexOf(Math.max(...power))).toBe(8);
});
