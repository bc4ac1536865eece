/** One look at a Deployment and at what is asked of it. */
export interface Look {
  /** Epoch. */
  readonly atSeconds: number;
  readonly demand: number;
  /** Pods that exist, by uid, and those of them that are Ready. */
  readonly pods: ReadonlySet<string>;
  readonly ready: number;
}

/** Sums over a time; what a look shows holds until the next one. */
export interface Score {
  readonly seconds: number;
  /** Time in which Ready pods could not serve the whole demand. */
  readonly underSeconds: number;
  /** Demand × seconds: all, and what no Ready pod served. */
  readonly demanded: number;
  readonly unmet: number;
  /** Of pods that exist, Ready or not: what is paid for. */
  readonly podSeconds: number;
  readonly podStarts: number;
}

export const NO_SCORE: Score = { seconds: 0, underSeconds: 0, demanded: 0, unmet: 0, podSeconds: 0, podStarts: 0 };

/** The score with the time between two looks. @param podCapacity demand that one Ready pod serves */
export function scoreAfter(score: Score, before: Look, now: Look, podCapacity: number): Score {
  const lasts = Math.max(0, now.atSeconds - before.atSeconds);
  const lacking = Math.max(0, before.demand - before.ready * podCapacity);
  return {
    seconds: score.seconds + lasts,
    underSeconds: score.underSeconds + (lacking > 0 ? lasts : 0),
    demanded: score.demanded + before.demand * lasts,
    unmet: score.unmet + lacking * lasts,
    podSeconds: score.podSeconds + before.pods.size * lasts,
    podStarts: score.podStarts + [...now.pods].filter((uid) => !before.pods.has(uid)).length,
  };
}

/** `under-provisioned 1 min 10 s of 5 min 0 s, 4.20 % of the demand unmet, 0.83 pod-hours, 12 pod starts` */
export function scoreText({ seconds, underSeconds, demanded, unmet, podSeconds, podStarts }: Score): string {
  const share = demanded > 0 ? (100 * unmet) / demanded : 0;
  return [
    `under-provisioned ${minutesText(underSeconds)} of ${minutesText(seconds)}`,
    `${share.toFixed(2)} % of the demand unmet`,
    `${(podSeconds / 3600).toFixed(2)} pod-hours`,
    `${podStarts} pod start${podStarts === 1 ? '' : 's'}`,
  ].join(', ');
}

function minutesText(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
