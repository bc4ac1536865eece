import { InputError } from '../../../core/errors.ts';
import type { Mode } from '../../../core/policy/policy.ts';
import type { KubernetesApi } from '../../../kubernetes/api.ts';
import { findRelease } from '../doctor/release.ts';

/** The mode of workloads that name none, by the one release of the cluster; undefined: there is none, or it can't be told. */
export async function defaultModeOf(api: KubernetesApi): Promise<Mode | undefined> {
  try {
    return (await findRelease(api, undefined)).installed?.config.defaults.mode;
  } catch (error) {
    // Of several releases, nobody said which.
    if (error instanceof InputError) return undefined;
    throw error;
  }
}
