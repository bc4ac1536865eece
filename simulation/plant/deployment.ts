import { hashOf } from '../../core/hash.ts';
import type { WorkloadRef } from '../../core/workload.ts';
import type { MemoryKubernetesApi } from '../../kubernetes/fake/memory-api.ts';
import type { SimulationClock } from '../clock.ts';
import type { WorkloadPlan } from '../scenarios/scenario.ts';
import { type Illness, isActive, isReady, type SimulatedPod, safeName } from './pod.ts';
import { PodLives, type Weather } from './pod-lives.ts';

/** A controller sees a change so much later. */
const REACTION_SECONDS = 0.2;
/** Pods that were refused are tried again. */
const RETRY_SECONDS = 10;
/** maxSurge and maxUnavailable of a Deployment's default strategy. */
const SURGE = 0.25;

interface ReplicaSet {
  readonly name: string;
  readonly uid: string;
  readonly request: number;
  /** What befalls its pods; its pods can't be scheduled: `unschedulable`. */
  readonly fate: Illness | 'unschedulable' | undefined;
}

/** Whether one more pod is let in; the words of the quota where it is not. */
export type Admission = (pod: string) => string | undefined;

/** A Deployment with its ReplicaSets and pods, and the controllers that keep them in step. */
export class SimulatedDeployment {
  readonly ref: WorkloadRef;
  readonly path: string;
  readonly plan: WorkloadPlan;
  readonly lives: PodLives;
  /** spec.replicas as the controllers know it. */
  replicas: number;
  /** Why pods are refused, in Kubernetes' words; undefined: they aren't. */
  refusal: string | undefined;
  private readonly api: MemoryKubernetesApi;
  private readonly clock: SimulationClock;
  private readonly admits: Admission;
  private sets: ReplicaSet[] = [];
  private revision = 0;
  private planned = false;
  private shown = '';

  constructor(
    parts: { readonly api: MemoryKubernetesApi; readonly clock: SimulationClock; readonly namespace: string },
    plan: WorkloadPlan,
    seed: number,
    weather: Weather,
    admits: Admission,
    annotations: Readonly<Record<string, string>>,
  ) {
    const { api, clock, namespace } = parts;
    this.api = api;
    this.clock = clock;
    this.plan = plan;
    this.admits = admits;
    this.replicas = plan.replicas;
    this.ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: plan.name };
    this.path = `/apis/apps/v1/namespaces/${namespace}/deployments/${plan.name}`;
    const labels = { app: plan.name };
    api.seed(this.path, {
      metadata: { name: plan.name, namespace, uid: `deployment-${plan.name}`, annotations },
      spec: { replicas: plan.replicas, selector: { matchLabels: labels }, template: { metadata: { labels } } },
      status: { replicas: plan.replicas, readyReplicas: plan.replicas },
    });
    this.lives = new PodLives(parts, plan, seed, {
      ...weather,
      noNode: (pod) => (this.setOf(pod)?.fate === 'unschedulable' ? NO_NODE : weather.noNode(pod)),
    });
    this.lives.onChange = () => this.soon();
    const set = this.newSet(plan.request, undefined);
    for (let i = 0; i < plan.replicas; i++) this.lives.create(ownerOf(set), set.request, { ready: true });
  }

  /** Pods that count: its own, neither finished nor going. */
  get active(): SimulatedPod[] {
    return [...this.lives.pods.values()].filter(isActive);
  }

  get ready(): SimulatedPod[] {
    return [...this.lives.pods.values()].filter(isReady);
  }

  /** What the template requests now. */
  get request(): number {
    return this.sets.at(-1)!.request;
  }

  /** A rollout is under way. */
  get rolling(): boolean {
    return this.sets.length > 1;
  }

  /** A new template. @param fate of its pods, which never come up: the rollout is stuck */
  rollOut(request: number, fate?: ReplicaSet['fate']): void {
    this.newSet(request, fate);
    this.soon();
  }

  /** Back to the template before: the pods of the last one go. */
  rollBack(): void {
    if (this.sets.length < 2) return;
    const before = this.sets.at(-2)!;
    this.sets = [...this.sets.filter((set) => set !== before), before];
    this.soon();
  }

  /** Somebody wrote its replicas, or a pod changed. */
  soon(): void {
    if (this.planned) return;
    this.planned = true;
    this.clock.at(this.clock.nowSeconds() + REACTION_SECONDS, () => {
      this.planned = false;
      void this.reconcile();
    });
  }

  private newSet(request: number, fate: ReplicaSet['fate']): ReplicaSet {
    const revision = ++this.revision;
    const name = `${this.plan.name}-${safeName(hashOf(`${this.plan.name} ${revision}`), 9)}`;
    const set = { name, uid: `replicaset-${name}`, request, fate };
    this.sets.push(set);
    const labels = { app: this.plan.name };
    const owner = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name: this.plan.name,
      uid: `deployment-${this.plan.name}`,
    };
    this.api.seed(`/apis/apps/v1/namespaces/${this.ref.namespace}/replicasets/${name}`, {
      metadata: {
        name,
        namespace: this.ref.namespace,
        uid: set.uid,
        labels,
        ownerReferences: [{ ...owner, controller: true }],
      },
      spec: { replicas: this.replicas, selector: { matchLabels: labels } },
      status: { replicas: 0 },
    });
    return set;
  }

  private setOf(pod: SimulatedPod): ReplicaSet | undefined {
    return this.sets.find(({ uid }) => uid === pod.owner?.uid);
  }

  private async reconcile(): Promise<void> {
    const { spec } = await this.api.get<{ spec?: { replicas?: number } }>(this.path);
    this.replicas = spec?.replicas ?? 0;
    const newest = this.sets.at(-1)!;
    const pods = this.active;
    const own = pods.filter(({ owner }) => owner?.uid === newest.uid);
    const old = pods.filter(({ owner }) => owner?.uid !== newest.uid);
    if (old.length === 0) {
      this.sets = [newest];
      this.resize(newest, own, this.replicas);
    } else this.roll(newest, own, old);
    this.showStatus();
  }

  /** The Deployment controller's rolling update: new ones up to the surge, old ones as far as enough are Ready. */
  private roll(newest: ReplicaSet, own: readonly SimulatedPod[], old: readonly SimulatedPod[]): void {
    const most = this.replicas + Math.ceil(SURGE * this.replicas);
    const least = this.replicas - Math.floor(SURGE * this.replicas);
    const wanted = Math.min(this.replicas, own.length + Math.max(0, most - own.length - old.length));
    this.resize(newest, own, wanted);
    // Old ones that were never Ready serve nobody.
    for (const pod of old.filter((one) => !isReady(one))) this.lives.delete(pod);
    const readyOld = old.filter(isReady).sort(firstToGo);
    const spare = own.filter(isReady).length + readyOld.length - least;
    for (const pod of readyOld.slice(0, Math.max(0, spare))) this.lives.delete(pod);
    // While it rolls, one that was scaled meanwhile gets or loses old ones too.
    const lacking = most - own.length - readyOld.length;
    if (newest.fate !== undefined && lacking > 0) {
      const before = this.sets.at(-2)!;
      const missing = this.replicas - own.length - readyOld.length;
      if (missing > 0) this.resize(before, readyOld, readyOld.length + missing);
    }
  }

  private resize(set: ReplicaSet, pods: readonly SimulatedPod[], wanted: number): void {
    if (pods.length > wanted) {
      const going = [...pods].sort(firstToGo).slice(0, pods.length - wanted);
      for (const pod of going) this.lives.delete(pod);
    }
    this.refusal = undefined;
    for (let i = pods.length; i < wanted; i++) {
      const why = this.admits(`${set.name}-${safeName(this.lives.created, 5)}`);
      if (why !== undefined) {
        this.refusal = why;
        this.clock.at(this.clock.nowSeconds() + RETRY_SECONDS, () => this.soon());
        break;
      }
      const fate = set.fate === 'unschedulable' ? undefined : set.fate;
      this.lives.create(ownerOf(set), set.request, fate ? { illness: fate } : {});
    }
  }

  private showStatus(): void {
    const replicas = this.active.length;
    const readyReplicas = this.ready.length;
    const conditions = this.refusal
      ? [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: this.refusal }]
      : [];
    const status = { replicas, readyReplicas, updatedReplicas: replicas, conditions };
    const text = JSON.stringify(status);
    if (text === this.shown) return;
    this.shown = text;
    void this.api.patch(`${this.path}/status`, 'merge', { status });
  }
}

/** As the scheduler says it. */
export const NO_NODE =
  '0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.';

function ownerOf({ name, uid }: ReplicaSet): NonNullable<SimulatedPod['owner']> {
  return { kind: 'ReplicaSet', name, uid };
}

/** The ReplicaSet controller's order: without a node, then not Ready, then the youngest. */
function firstToGo(a: SimulatedPod, b: SimulatedPod): number {
  return rank(a) - rank(b) || b.createdSeconds - a.createdSeconds || (a.name < b.name ? -1 : 1);
}

function rank(pod: SimulatedPod): number {
  if (pod.scheduledSeconds === undefined) return 0;
  return isReady(pod) ? 2 : 1;
}
