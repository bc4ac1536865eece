import { hashOf, mixed } from '../../core/hash.ts';
import { seededRandom } from '../../core/random.ts';
import { logNormalStartup } from '../../core/startup.ts';
import type { MemoryKubernetesApi } from '../../kubernetes/fake/memory-api.ts';
import type { SimulationClock } from '../clock.ts';
import type { WorkloadPlan } from '../scenarios/scenario.ts';
import { apiTime, type Illness, nodeOf, podObject, podStatus, type SimulatedPod, safeName } from './pod.ts';

/** From created to scheduled, where there is room. */
const SCHEDULING_SECONDS = 0.4;
/** Share of a start-up after which the containers run. */
const STARTED_SHARE = 0.6;
/** A pod that is told to end takes so long. */
const TERMINATION_SECONDS = 3;
/** A pod without a node is tried again. */
const RESCHEDULE_SECONDS = 5;
/** Restarts of a crash loop. */
const CRASH_SECONDS = 30;

/** What the cluster does to a workload's new pods now. */
export interface Weather {
  /** The scheduler's words where no node has room for this pod; undefined: there is. */
  noNode(pod: SimulatedPod): string | undefined;
  /** What befalls pods that start now. */
  illness(): Illness | undefined;
  /** Start-ups take so many times as long. */
  slowness(): number;
}

/** The lives of one workload's pods: created → scheduled → started → Ready, on the API server and in the plant's own books. */
export class PodLives {
  readonly pods = new Map<string, SimulatedPod>();
  /** Told when a pod became or ceased to be Ready, or went. */
  onChange: () => void = () => {};
  /** Pods that were created so far. */
  created = 0;
  private readonly api: MemoryKubernetesApi;
  private readonly clock: SimulationClock;
  private readonly namespace: string;
  private readonly plan: WorkloadPlan;
  private readonly weather: Weather;
  private readonly seed: number;
  private readonly labels: Readonly<Record<string, string>>;

  constructor(
    parts: { readonly api: MemoryKubernetesApi; readonly clock: SimulationClock; readonly namespace: string },
    plan: WorkloadPlan,
    seed: number,
    weather: Weather,
  ) {
    this.api = parts.api;
    this.clock = parts.clock;
    this.namespace = parts.namespace;
    this.plan = plan;
    this.weather = weather;
    this.seed = seed;
    this.labels = { app: plan.name };
  }

  /** A new pod under that owner. @param ready it has been there for an hour: what the simulation begins with */
  create(
    owner: NonNullable<SimulatedPod['owner']>,
    request: number,
    { ready = false, illness, scheduled = true }: { ready?: boolean; illness?: Illness; scheduled?: boolean } = {},
  ): SimulatedPod {
    const k = this.created++;
    const now = this.clock.nowSeconds();
    const { limit, metric, startup } = this.plan;
    const onCpu = metric !== 'memory';
    const name = `${owner.name}-${safeName(k, 5)}`;
    const took = this.startupSeconds(k);
    // Days apart, as if they had come one after another, so that the first ones say how long a start takes.
    const createdSeconds = ready ? now - 3_600 - 60 * k : now;
    const pod: SimulatedPod = {
      name,
      uid: `uid-${name}`,
      owner,
      nodeClass: startup.nodes,
      createdSeconds,
      requestCores: onCpu ? request : 1,
      limitCores: onCpu ? limit * request : 0,
      memoryGib: onCpu ? 1 : request,
      scheduledSeconds: ready ? createdSeconds + SCHEDULING_SECONDS : undefined,
      startedSeconds: ready ? createdSeconds + STARTED_SHARE * took : undefined,
      readySeconds: ready ? createdSeconds + took : undefined,
      unreadySeconds: undefined,
      phase: ready ? 'Running' : 'Pending',
      unschedulable: undefined,
      illness: undefined,
      deletedSeconds: undefined,
      restarts: 0,
      cores: 0,
      coreSeconds: 0,
      gib: 0,
    };
    this.pods.set(pod.uid, pod);
    this.api.seed(this.path(pod), podObject(pod, this.namespace, this.labels));
    if (!ready && scheduled) this.after(pod, SCHEDULING_SECONDS, () => this.schedule(pod, took, illness));
    return pod;
  }

  /** Told to end; gone a little later. */
  delete(pod: SimulatedPod, graceSeconds = TERMINATION_SECONDS): void {
    if (pod.deletedSeconds !== undefined) return;
    pod.deletedSeconds = this.clock.nowSeconds();
    const metadata = { deletionTimestamp: apiTime(pod.deletedSeconds) };
    this.write(this.api.patch(this.path(pod), 'merge', { metadata }));
    this.clock.at(this.clock.nowSeconds() + graceSeconds, () => this.remove(pod));
    this.onChange();
  }

  /** Gone at once: its node is. */
  remove(pod: SimulatedPod): void {
    if (!this.pods.delete(pod.uid)) return;
    pod.deletedSeconds ??= this.clock.nowSeconds();
    this.write(this.api.delete(this.path(pod)));
    this.onChange();
  }

  /** It is not Ready for a while. */
  unready(pod: SimulatedPod, seconds: number): void {
    pod.readySeconds = undefined;
    pod.unreadySeconds = this.clock.nowSeconds();
    this.show(pod);
    this.after(pod, seconds, () => this.becomeReady(pod));
  }

  /** It is over, and still listed. */
  finish(pod: SimulatedPod, phase: 'Failed' | 'Succeeded'): void {
    pod.phase = phase;
    pod.readySeconds = undefined;
    pod.unreadySeconds = this.clock.nowSeconds();
    this.show(pod);
  }

  /** A pod that is somebody else's, Ready, and does none of this workload's work. */
  stranger(k: number, request: number): void {
    const owner = { kind: 'Job', name: `${this.plan.name}-migrate`, uid: `job-${this.plan.name}` };
    const pod = this.create({ ...owner, name: `${owner.name}-${k}` }, request);
    this.pods.delete(pod.uid);
    this.strangers.set(pod.uid, pod);
  }

  readonly strangers = new Map<string, SimulatedPod>();

  strangersGo(): void {
    for (const pod of this.strangers.values()) {
      pod.deletedSeconds ??= this.clock.nowSeconds();
      this.write(this.api.delete(this.path(pod)));
    }
    this.strangers.clear();
  }

  /** Quantile of created → Ready as the plan has it, whatever the weather. */
  startupQuantile(level: number): number {
    const { p50, p90 } = this.plan.startup;
    return logNormalStartup(p50, p90).quantile(level);
  }

  private startupSeconds(k: number): number {
    const draw = seededRandom(mixed(hashOf(this.plan.name) ^ (this.seed + 7_919 * k)))();
    return this.startupQuantile(0.001 + 0.998 * draw);
  }

  private schedule(pod: SimulatedPod, took: number, illness: Illness | undefined): void {
    const why = this.weather.noNode(pod);
    if (why !== undefined) {
      if (pod.unschedulable !== why) {
        pod.unschedulable = why;
        this.show(pod);
      }
      this.after(pod, RESCHEDULE_SECONDS, () => this.schedule(pod, took, illness));
      return;
    }
    pod.unschedulable = undefined;
    pod.scheduledSeconds = this.clock.nowSeconds();
    this.write(this.api.patch(this.path(pod), 'merge', { spec: { nodeName: nodeOf(pod) } }));
    this.show(pod);
    const left = Math.max(0.2, took * this.weather.slowness() - SCHEDULING_SECONDS);
    this.after(pod, left * STARTED_SHARE, () => this.start(pod, left * (1 - STARTED_SHARE), illness));
  }

  private start(pod: SimulatedPod, leftSeconds: number, own: Illness | undefined): void {
    const illness = own ?? this.weather.illness();
    const again = () => this.start(pod, leftSeconds, own);
    if (illness === 'image-pull') {
      this.fallIll(pod, illness);
      this.after(pod, RESCHEDULE_SECONDS, again);
      return;
    }
    pod.phase = 'Running';
    pod.startedSeconds ??= this.clock.nowSeconds();
    if (illness === 'crash-loop') {
      pod.restarts++;
      this.fallIll(pod, illness);
      this.after(pod, CRASH_SECONDS, again);
      return;
    }
    if (illness === 'never-ready') {
      this.fallIll(pod, illness);
      this.after(pod, RESCHEDULE_SECONDS, again);
      return;
    }
    pod.illness = undefined;
    this.show(pod);
    this.after(pod, leftSeconds, () => this.becomeReady(pod));
  }

  private fallIll(pod: SimulatedPod, illness: Illness): void {
    const news = pod.illness !== illness || illness === 'crash-loop';
    pod.illness = illness;
    if (news) this.show(pod);
  }

  private becomeReady(pod: SimulatedPod): void {
    pod.readySeconds = this.clock.nowSeconds();
    pod.unreadySeconds = undefined;
    this.show(pod);
    this.onChange();
  }

  /** Later, if it is still there then. */
  private after(pod: SimulatedPod, seconds: number, what: () => void): void {
    this.clock.at(this.clock.nowSeconds() + seconds, () => {
      if (pod.deletedSeconds === undefined && pod.phase !== 'Failed' && pod.phase !== 'Succeeded') what();
    });
  }

  private show(pod: SimulatedPod): void {
    // Taken away meanwhile: there is nothing to show any more.
    if (this.pods.get(pod.uid) !== pod) return;
    this.write(this.api.patch(`${this.path(pod)}/status`, 'merge', { status: podStatus(pod) }));
  }

  private path({ name }: SimulatedPod): string {
    return `/api/v1/namespaces/${this.namespace}/pods/${name}`;
  }

  /** The API server in memory has carried it out when it returns; only its answer comes later. */
  private write(request: Promise<unknown>): void {
    request.catch((error: unknown) => {
      throw error;
    });
  }
}
