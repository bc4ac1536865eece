import { type Lease, LeaseObject } from '../../../actuator/leader/lease.ts';
import type { AddonConfig } from '../../../addon/config/config.ts';
import { durationWords } from '../../../addon/status/quantity-text.ts';
import type { Sleep } from '../../../core/clock.ts';
import type { KubernetesApi } from '../../../kubernetes/api.ts';
import { type Finding, failed, fixOf, ok, said, TRY_AGAIN, warning } from './finding.ts';
import { actingRole, type Role } from './release.ts';

/** A leader renews each 1.2 … 1.5 s (retrySeconds: 2); one that is alive did so at least once meanwhile. */
const WATCH_RETRIES = 2;

/** This machine's time, which may differ from the leader's. */
export interface DoctorClock {
  epochSeconds(): number;
  readonly sleep: Sleep;
}

/** Who leads, as far as the Lease says. */
export interface Leading {
  readonly finding: Finding;
  /** Undefined: nobody does, or the Lease can't be read. */
  readonly leader:
    | {
        /** Undefined: leader election is off. */
        readonly holder: string | undefined;
        /** Epoch seconds by the leader's clock; of a leader without a Lease, by ours. */
        readonly renewedSeconds: number;
        readonly acquiredSeconds: number | undefined;
      }
    | undefined;
}

/** Names the leader, and how old its renewal is. @param roles to say why nobody leads */
export async function checkLeader(
  api: KubernetesApi,
  { leaderElection }: AddonConfig,
  ownNamespace: string,
  roles: readonly Role[],
  clock: DoctorClock,
): Promise<Leading> {
  if (!leaderElection.enabled) {
    const leader = { holder: undefined, renewedSeconds: clock.epochSeconds(), acquiredSeconds: undefined };
    return { finding: ok('leader election is off: the one replica acts'), leader };
  }
  const namespace = leaderElection.namespace ?? ownNamespace;
  const name = `Lease ${namespace}/${leaderElection.lease}`;
  const object = new LeaseObject(api, namespace, leaderElection.lease);
  try {
    const lease = await object.read();
    if (lease === undefined) return nobody(`there is no ${name}, so nobody leads${podsOf(roles)}`, roles, ownNamespace);
    const { holderIdentity: holder } = lease.spec;
    if (!holder) return nobody(`nobody holds the ${name}${podsOf(roles)}`, roles, ownNamespace);
    return await heldBy(holder, lease, object, {
      name,
      ownNamespace,
      roles,
      retrySeconds: leaderElection.retrySeconds,
      clock,
    });
  } catch (error) {
    const grant = `grant get on leases.coordination.k8s.io in ${namespace}`;
    return {
      finding: failed(`the ${name} can't be read: ${said(error)}`, fixOf(error, grant, TRY_AGAIN)),
      leader: undefined,
    };
  }
}

interface Watched {
  readonly name: string;
  readonly ownNamespace: string;
  readonly roles: readonly Role[];
  readonly retrySeconds: number;
  readonly clock: DoctorClock;
}

async function heldBy(holder: string, lease: Lease, object: LeaseObject, watched: Watched): Promise<Leading> {
  const { name, roles, ownNamespace, retrySeconds, clock } = watched;
  const age = clock.epochSeconds() - secondsOf(lease.spec.renewTime);
  const lasts = lease.spec.leaseDurationSeconds ?? 0;
  const acquired = secondsOf(lease.spec.acquireTime);
  const leads = (newest: Lease) => ({
    holder,
    renewedSeconds: secondsOf(newest.spec.renewTime),
    acquiredSeconds: Number.isNaN(acquired) ? undefined : acquired,
  });
  if (Math.abs(age) <= lasts) {
    const words = `${podOf(holder)} leads: it renewed the ${name} ${durationWords(age)} ago`;
    return { finding: ok(words), leader: leads(lease) };
  }
  // The age is by two clocks that may differ: whether it is alive is seen by whether it goes on renewing.
  await clock.sleep(WATCH_RETRIES * retrySeconds);
  const later = await object.read();
  if (later?.spec.holderIdentity === holder && later.spec.renewTime !== lease.spec.renewTime) {
    const off = `this machine's clock is ${durationWords(Math.abs(age))} ${age > 0 ? 'ahead of' : 'behind'} the leader's`;
    const finding = warning(
      `${podOf(holder)} leads and renews the ${name}; ${off}`,
      'set the clock that is wrong: NTP',
    );
    return { finding, leader: leads(later) };
  }
  const words = `nobody leads: ${podOf(holder)} renewed the ${name} ${durationWords(age)} ago, and it lasts ${lasts} s`;
  return nobody(`${words}${podsOf(roles)}`, roles, ownNamespace);
}

/** The identity is the pod's name and a random part. */
function podOf(holder: string): string {
  return holder.replace(/_[0-9a-f]{8}$/, '');
}

function podsOf(roles: readonly Role[]): string {
  const acting = actingRole(roles);
  return acting === undefined ? '' : `; ${acting.readyPods} of ${acting.wantedPods} pods of ${acting.name} are Ready`;
}

function nobody(what: string, roles: readonly Role[], namespace: string): Leading {
  const acting = actingRole(roles);
  const pods =
    acting === undefined ? `kubectl -n ${namespace} get pods` : `kubectl -n ${namespace} logs deploy/${acting.name}`;
  const fix =
    acting?.wantedPods === 0
      ? `it is scaled to 0: kubectl -n ${namespace} scale deploy/${acting.name} --replicas=2`
      : `${pods} says why: a pod that runs creates and takes the Lease within seconds`;
  return { finding: failed(what, fix), leader: undefined };
}

/** RFC 3339 → epoch seconds; NaN where there is none. */
function secondsOf(time: string | undefined): number {
  return time === undefined ? Number.NaN : Date.parse(time) / 1000;
}
