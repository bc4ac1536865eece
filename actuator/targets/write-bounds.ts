/** The least and the most pods that the policy and the administrator allow at one moment; max ≥ min. */
export interface WriteBounds {
  readonly min: number;
  readonly max: number;
}

/** One number of replicas that is about to be written. */
export type ReplicaWrite =
  /** A decision. @property bounds of the policy and the administrator, and of an HPA its maxReplicas. */
  | { readonly kind: 'decided'; readonly asked: number; readonly bounds: WriteBounds }
  /** The user's own minReplicas of an HPA. @property standing what stands in its place. @property most its maxReplicas. */
  | { readonly kind: 'put-back'; readonly own: number; readonly standing: number; readonly most: number };

/** What may be written, or why nothing may. */
export type Permitted = { readonly replicas: number } | { readonly why: string };

/**
 * The gate that every write of replicas and minReplicas passes last, whoever asks for it. A decision ends within its bounds. What
 * is put back may be outside of the policy's, as it is the user's own; but it only ever takes a floor down: we write no floor that
 * isn't above the user's own, so a larger one was made up by somebody.
 */
export function permitted(write: ReplicaWrite): Permitted {
  if (write.kind === 'decided') {
    const { asked, bounds } = write;
    if (!isCount(asked) || !isCount(bounds.max)) return { why: `found ${asked}, expected a whole number of pods` };
    return { replicas: Math.min(bounds.max, Math.max(bounds.min, asked)) };
  }
  const { own, standing, most } = write;
  if (isCount(own) && own < standing && own <= most) return { replicas: own };
  return { why: `found ${own}, expected a whole number of pods below the ${standing} that stand there` };
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** Bounds under a cap: the administrator's, or an HPA's maxReplicas. */
export function capped({ min, max }: WriteBounds, cap: number): WriteBounds {
  return { min: Math.min(min, cap), max: Math.min(max, cap) };
}
