import { type Lease, LeaseObject, microTime } from '../../../actuator/leader/lease.ts';
import { restoreAll } from '../../../actuator/targets/restore.ts';
import { WorldError } from '../../../core/errors.ts';
import { ApiError } from '../../../kubernetes/api.ts';
import { connectCluster } from '../../cluster/cluster.ts';
import { readConfig } from '../../process.ts';
import type { RunFlags } from '../../roles/run.ts';
import { writeData } from '../../terminal/output.ts';

/** The lease is kept from the addon for so long: until its pods are gone. */
const HOLD_SECONDS = 300;
const TAKE_ATTEMPTS = 10;

/** `prescale restore`: what the chart runs before it is uninstalled. Exit code 1 where something could not be put back. */
export async function runRestore(flags: RunFlags): Promise<void> {
  const config = readConfig(flags.config);
  const api = await connectCluster(flags);
  try {
    const { enabled, namespace, lease } = config.leaderElection;
    // Whoever leads would raise the floors again before its pods are deleted.
    if (enabled) await takeLease(new LeaseObject(api, namespace ?? process.env.POD_NAMESPACE ?? api.namespace, lease));
    const { hpas, pods, left, failed } = await restoreAll(api, config.namespaces);
    await writeData([
      `put back: minReplicas of ${hpas.length} HorizontalPodAutoscalers, deletion cost of ${pods} pods\n`,
      ...left.map((why) => `left as it is: ${why}\n`),
    ]);
    if (failed.length > 0) throw new WorldError(`could not be put back: ${failed.join('; ')}`);
  } finally {
    await api.close();
  }
}

async function takeLease(lease: LeaseObject): Promise<void> {
  for (let attempt = 1; attempt <= TAKE_ATTEMPTS; attempt++) {
    let found: Lease | undefined;
    try {
      found = await lease.read();
      const now = microTime(Date.now() / 1000);
      const spec = {
        holderIdentity: 'prescale-restore',
        leaseDurationSeconds: HOLD_SECONDS,
        acquireTime: now,
        renewTime: now,
      };
      const taken = found ? lease.write(found, { ...found.spec, ...spec }) : lease.create(spec);
      if (await taken) return;
    } catch (error) {
      // Who may not create it can't lead either, and nor can the addon, whose rights these are.
      if (error instanceof ApiError && (error.status === 404 || (error.status === 403 && !found))) return;
      throw error;
    }
  }
  throw new WorldError(
    `the lease could not be taken in ${TAKE_ATTEMPTS} attempts: another replica renews it too fast; try again`,
  );
}
