import { powerOfTwo, powerSpectrum } from '../core/fft.ts';

/** A frequency that stands out. */
export interface Peak {
  /** Season length, samples. */
  readonly season: number;
  /** Power ÷ median power of its neighbourhood. */
  readonly contrast: number;
  /** Half the width of the peak as a share of the season: how exact the length is. */
  readonly reach: number;
}

/** A peak's neighbourhood: frequencies within this factor. */
const OCTAVES = 1.6;

/**
 * Local maxima of the periodogram against the median of their neighbourhood: load has more power at low frequencies
 * anyway, so a peak only counts against what surrounds it (as Fisher's test does against white noise).
 * @param values detrended, no NaN @returns most contrast first
 */
export function spectrumPeaks(values: Float64Array, shortest: number, longest: number, least: number): Peak[] {
  const size = powerOfTwo(values.length * 2);
  const power = powerSpectrum(values, size);
  const low = Math.max(2, Math.floor(size / longest) - 1);
  const high = Math.min(power.length - 2, Math.ceil(size / shortest));
  const background = localMedians(power, low, high);
  const peaks: Peak[] = [];
  for (let k = low; k <= high; k++) {
    const p = power[k]!;
    if (p < power[k - 1]! || p < power[k + 1]!) continue;
    const contrast = p / (background(k) + Number.MIN_VALUE);
    if (contrast < least) continue;
    const a = Math.sqrt(power[k - 1]!);
    const b = Math.sqrt(p);
    const c = Math.sqrt(power[k + 1]!);
    const shift = (a - c) / (2 * (a - 2 * b + c) || 1);
    const season = size / (k + Math.max(-0.5, Math.min(0.5, shift)));
    peaks.push({ season, contrast, reach: (0.5 * season) / values.length });
  }
  return peaks.sort((x, y) => y.contrast - x.contrast);
}

/** The median power around a frequency, computed at logarithmic stations and held between. */
function localMedians(power: Float64Array, low: number, high: number): (k: number) => number {
  const stations: { upTo: number; median: number }[] = [];
  for (let k = Math.max(2, low); k <= high * 1.3; k = Math.ceil(k * 1.25)) {
    const from = Math.max(1, Math.floor(k / OCTAVES) - 4);
    const to = Math.min(power.length, Math.ceil(k * OCTAVES) + 6);
    const around = power.slice(from, to).sort();
    stations.push({ upTo: k * 1.12, median: around[around.length >> 1]! });
  }
  return (k) => (stations.find((s) => k <= s.upTo) ?? stations[stations.length - 1]!).median;
}
