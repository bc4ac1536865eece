import type { Cluster } from './harness.ts';
import { attachPrescale, type RunningAddon } from './prescale.ts';

interface Labelled {
  readonly metadata: {
    readonly namespace: string;
    readonly uid: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly args?: string[] }[] } };
  };
}

/** By the uid of the Deployment that each stands in for. */
const running = new Map<string, RunningAddon>();
/** Deployments and Jobs whose turn has been, also where it failed: that is said once. */
const seen = new Set<string>();

/** The addon's processes that run now. */
export function standIns(): readonly RunningAddon[] {
  return [...running.values()];
}

/**
 * One look at the cluster: starts the addon for each release of the chart that has none, runs the commands of its hooks, and
 * stops the addon of a release that is gone. Nothing else happens to the simulated pods.
 */
export async function standInForPods(cluster: Cluster): Promise<void> {
  const find = async (kind: string) => {
    const where = ['get', kind, '-A', '-l', 'app.kubernetes.io/name=prescale'];
    return (await cluster.kubectlJson<{ items: Labelled[] }>(...where)).items;
  };
  const deployments = await find('deployments');
  const present = new Set(deployments.map(({ metadata }) => metadata.uid));
  for (const [uid, addon] of running) {
    if (present.has(uid)) continue;
    running.delete(uid);
    await addon.stop();
    console.error(`${addon.name} stopped`);
  }
  for (const { metadata } of deployments) {
    if (seen.has(metadata.uid)) continue;
    seen.add(metadata.uid);
    const release = metadata.labels['app.kubernetes.io/instance']!;
    const name = `${seen.size}`;
    // Of several releases at once, a port-forward leads to the first one's.
    const forwardedName = running.size === 0 ? name : undefined;
    const attached = await attachPrescale(cluster, metadata.namespace, release, undefined, forwardedName);
    const addon = await attached.start(name);
    running.set(metadata.uid, addon);
    console.error(
      `${addon.name} runs for ${metadata.namespace}/${release}, pid ${addon.pid}: --url ${addon.consoleUrl}`,
    );
  }
  for (const { metadata, spec } of await find('jobs')) {
    if (seen.has(metadata.uid)) continue;
    seen.add(metadata.uid);
    const args = spec.template.spec.containers[0]!.args ?? [];
    const attached = await attachPrescale(cluster, metadata.namespace, metadata.labels['app.kubernetes.io/instance']!);
    console.error(`prescale ${args.join(' ')}\n${await attached.prescale(...args)}`);
  }
}
