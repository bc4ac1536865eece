import { readFileSync, writeFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { parse, stringify } from 'yaml';
import { DEMAND_TEMPLATE, POD_CAPACITY } from '../cluster/fault-load.ts';
import { decidedAfter, secondsUntil, shown, statusOf } from '../cluster/fault-watch.ts';
import type { Cluster } from '../cluster/harness.ts';
import { type InstalledPrescale, installPrescale, type Role, type RunningAddon } from '../cluster/prescale.ts';
import type { RedisServer } from '../redis/redis-server.ts';
import { type JumpingCluster, SURGE } from './jumping-cluster.ts';

/** So that refits go on while faults do. */
const REFIT_HOURS = 0.035;
/** Pods that the loads of the jumping cluster need before they jump. */
const USUAL_PODS = 3;

export interface InstallOptions {
  /** Of Prometheus; default: the cluster's. */
  readonly url?: string;
  /** The `limits` part of the configuration. */
  readonly limits?: Readonly<Record<string, number>>;
}

/** A release of its own in a cluster that others use too: all roles as processes, over a real Redis, and workloads. */
export class RoleWorld {
  readonly installed: InstalledPrescale;
  readonly redis: RedisServer;
  readonly client: Redis;
  /** `namespace/name` */
  readonly keys: readonly string[];
  readonly cluster: Cluster;
  private readonly there: JumpingCluster;
  private readonly roles = new Map<string, RunningAddon>();

  static async install(
    there: JumpingCluster,
    name: string,
    keys: readonly string[],
    { url, limits = {} }: InstallOptions = {},
  ) {
    const { cluster } = there;
    await cluster.createNamespace(name);
    const config = {
      namespaces: [name],
      limits,
      forecast: { refitHours: REFIT_HOURS },
      prometheus: {
        // The newest measurement, so that a jump is seen whole.
        templates: {
          requests: { ...DEMAND_TEMPLATE, query: DEMAND_TEMPLATE.query.replace(/avg_over_time\((.*)\[1m\]\)/, '$1') },
        },
        ...(url === undefined ? {} : { url }),
      },
    };
    const values = { mode: 'distributed', config };
    const installed = await installPrescale(cluster, { namespace: name, release: name, values });
    return new RoleWorld(there, installed, keys);
  }

  private constructor(there: JumpingCluster, installed: InstalledPrescale, keys: readonly string[]) {
    const { cluster } = there;
    if (installed.redis === undefined) throw new Error('the release has no Redis');
    this.cluster = cluster;
    this.there = there;
    this.installed = installed;
    this.redis = installed.redis;
    this.keys = keys;
    this.client = new Redis(this.redis.url, { retryStrategy: () => 100 });
    this.client.on('error', () => undefined);
    cluster.onStop(async () => this.client.disconnect());
  }

  /** Whoever acts reaches the API server by this port, from its next start on. */
  throughApi(port: number): void {
    const { kubeconfig } = this.installed;
    const text = readFileSync(kubeconfig, 'utf8');
    writeFileSync(kubeconfig, text.replace(this.cluster.apiUrl, `https://127.0.0.1:${port}`));
  }

  /** Starts a process; one of before by this name is started again. */
  async start(role: Role, name = `${role}-0`): Promise<RunningAddon> {
    const addon = await this.installed.startRole(role, name);
    this.roles.set(name, addon);
    return addon;
  }

  /** A collector, a forecaster and an actuator; then workloads, until all are decided on what was learned. */
  async open(): Promise<void> {
    await Promise.all([this.start('collector'), this.start('forecaster'), this.start('actuator')]);
    await this.deploy(this.keys);
    await this.decided(Date.now() / 1000, 180);
  }

  async deploy(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      const [namespace, name] = key.split('/') as [string, string];
      await this.cluster.createDeployment({
        namespace,
        name,
        replicas: USUAL_PODS,
        startupSeconds: 10,
        jitterSeconds: 3,
        annotations: {
          'prescale.dev/enabled': 'true',
          'prescale.dev/mode': 'auto',
          'prescale.dev/metric': 'requests',
          'prescale.dev/target': String(POD_CAPACITY),
          'prescale.dev/max-replicas': '40',
        },
      });
    }
  }

  role(name: string): RunningAddon {
    const addon = this.roles.get(name);
    if (addon === undefined) throw new Error(`${name} was not started`);
    return addon;
  }

  get actuators(): RunningAddon[] {
    return [...this.roles].filter(([name]) => name.startsWith('actuator')).map(([, addon]) => addon);
  }

  /** The actuator that leads; undefined: none says so. */
  async leader(): Promise<RunningAddon | undefined> {
    for (const addon of this.actuators) {
      if (
        addon.pid !== undefined &&
        (await shown(addon).then(
          ({ leader }) => leader,
          () => false,
        ))
      )
        return addon;
    }
    return undefined;
  }

  /** Its configuration with what is given on top, from its next start on. */
  reconfigure(name: string, change: (config: Record<string, Record<string, unknown>>) => void): void {
    const { configFile } = this.role(name);
    const config = parse(readFileSync(configFile, 'utf8')) as Record<string, Record<string, unknown>>;
    change(config);
    writeFileSync(configFile, stringify(config));
  }

  /** What /readyz says, whatever its status. */
  async readyz(name: string): Promise<string> {
    return (await fetch(`${this.role(name).url}/readyz`, { signal: AbortSignal.timeout(5_000) })).text();
  }

  /** Seconds until /readyz says it, or says none of it any more. */
  says(name: string, pattern: RegExp, seconds: number, whether = true): Promise<number> {
    const ask = async () => pattern.test(await this.readyz(name)) === whether;
    return secondsUntil(this.cluster, `${name} to say ${whether ? '' : 'no more '}${pattern}`, ask, seconds);
  }

  /** Seconds until all of these were decided on data, at a tick after the moment. */
  async decided(after: number, seconds: number, keys = this.keys): Promise<number> {
    const ask = async () => {
      const leader = await this.leader();
      if (leader === undefined) return false;
      for (const key of keys) if (!(await decidedAfter(leader, key, after))) return false;
      return true;
    };
    return secondsUntil(this.cluster, `decisions on ${keys.length} workloads`, ask, seconds);
  }

  /** Of these the ones that are not Ready as they have no metric, as the leader shows it. */
  async withoutMetric(keys = this.keys): Promise<string[]> {
    const leader = await this.leader();
    if (leader === undefined) return [];
    const found: string[] = [];
    for (const key of keys) {
      const ready = (await statusOf(leader, key))?.conditions.find(({ type }) => type === 'Ready');
      if (ready?.reason === 'NoMetric') found.push(key);
    }
    return found;
  }

  async current(key: string): Promise<number> {
    const [namespace, name] = key.split('/');
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}/scale`;
    return (await this.cluster.api.request<{ spec: { replicas?: number } }>('GET', path)).spec.replicas ?? 0;
  }

  /** Seconds until it has the pods that the raised load needs. */
  scaled(key: string, seconds: number): Promise<number> {
    const needed = Math.ceil(SURGE / POD_CAPACITY);
    return secondsUntil(this.cluster, `${key} at ${needed}`, async () => (await this.current(key)) >= needed, seconds);
  }

  /**
   * Steps down within the time, of workloads whose load did not jump before it: they have no reason to shrink, but for a spare pod that
   * was asked for while others started.
   */
  lowered(from: number, until = Date.now() / 1000, keys = this.keys): string[] {
    const { surged, replicas } = this.there;
    return keys
      .filter((key) => !((surged.get(key) ?? from) < from))
      .flatMap((key) => {
        const enough = surged.has(key) ? Number.POSITIVE_INFINITY : USUAL_PODS;
        const steps = replicas.lowered(key, from, until).filter((step) => Number(step.split(' ').at(-1)) < enough);
        return steps.map((step) => `${key} ${step}`);
      });
  }

  currents(keys: readonly string[]): Promise<number[]> {
    return Promise.all(keys.map((key) => this.current(key)));
  }

  /** Changes of `replicas` that the API server took, and those of them that changed something; of all releases in the cluster. */
  async writes(): Promise<{ taken: number; changed: number }> {
    const { api } = this.cluster;
    type Deployments = { items: { metadata: { namespace: string; name: string; generation: number } }[] };
    const { items } = await api.request<Deployments>('GET', '/apis/apps/v1/deployments');
    const changed = items
      .filter(({ metadata }) => this.there.keys.includes(`${metadata.namespace}/${metadata.name}`))
      .reduce((sum, { metadata }) => sum + metadata.generation - 1, 0);
    const metrics = await this.cluster.kubectl('get', '--raw', '/metrics');
    const lines = metrics
      .split('\n')
      .filter((line) => /^apiserver_request_total\{.*resource="deployments".*subresource="scale"/.test(line));
    const taken = lines
      .filter((line) => /code="2/.test(line) && /verb="(PUT|PATCH)"/.test(line))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    return { taken, changed };
  }

  /** Fits that its forecaster has done. */
  async fitted(name = 'forecaster-0'): Promise<number> {
    const text = await (await fetch(`${this.role(name).url}/metrics`)).text();
    return Number(/^prescale_job_duration_seconds_count\{outcome="done"\} (\d+)/m.exec(text)?.[1] ?? 0);
  }

  /** How often its processes were started again because they had ended. */
  get ends(): number {
    return [...this.roles.values()].reduce((sum, { ends }) => sum + ends, 0);
  }
}
