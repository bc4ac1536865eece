/** Beyond so many standard errors a shortage is as good as certain, or none. */
const MOST_SCORE = 4;
const STEPS_PER_SCORE = 64;

/** E[max(0, Z − z)] of a standard normal Z, by z from −MOST_SCORE: φ(z) − z (1 − Φ(z)). */
const LOSSES = standardLosses();

/**
 * Expected part of a demand that a capacity doesn't serve, where the demand is known with a standard error: the loss function of a normal
 * distribution (Silver, Pyke, Peterson, Inventory Management, appendix II).
 * @param missing measured demand − capacity; @param error standard error of the demand. Both in its unit.
 */
export function expectedShortage(missing: number, error: number): number {
  if (!(error > 0)) return Math.max(0, missing);
  const score = -missing / error;
  if (score >= MOST_SCORE) return 0;
  if (score <= -MOST_SCORE) return missing;
  const at = (score + MOST_SCORE) * STEPS_PER_SCORE;
  const i = Math.floor(at);
  return error * (LOSSES[i]! + (at - i) * (LOSSES[i + 1]! - LOSSES[i]!));
}

/** The loss is the integral of the tail above z; summed from the far end by the midpoint rule. */
function standardLosses(): Float64Array {
  const count = 2 * MOST_SCORE * STEPS_PER_SCORE + 1;
  const losses = new Float64Array(count + 1);
  const fine = 16;
  const step = 1 / (STEPS_PER_SCORE * fine);
  let tail = 0;
  let loss = 0;
  for (let k = 2 * fine * (count - 1); k > 0; k--) {
    // Twice as far as the table, where the tail begins.
    const z = -MOST_SCORE + (k - 0.5) * step;
    tail += Math.exp((-z * z) / 2) * step;
    loss += tail * step;
    const at = (k - 1) / fine;
    if (Number.isInteger(at) && at < count) losses[at] = loss / Math.sqrt(2 * Math.PI);
  }
  return losses;
}
