import { podsFor } from '../../core/pods.ts';
import type { Series } from '../../core/series.ts';

/**
 * The largest number of pods that the history needed more within one lead time: so many will be created at once when it comes
 * again, and 500 at once start slower than one.
 * @param leadSeconds of one pod
 */
export function largestBatch({ values, stepSeconds }: Series, podCapacity: number, leadSeconds: number): number {
  const steps = Math.max(1, Math.ceil(leadSeconds / stepSeconds));
  let largest = 1;
  for (let i = 0; i + steps < values.length; i++) {
    const rise = values[i + steps]! - values[i]!;
    if (!(rise > largest * podCapacity)) continue;
    const pods = podsFor(values[i + steps]!, podCapacity) - podsFor(values[i]!, podCapacity);
    if (pods > largest) largest = pods;
  }
  return largest;
}
