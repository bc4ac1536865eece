import { DryRun } from '../actuator/targets/dry-run.ts';
import { ForgedOriginal, HpaMinReplicas, type HpaObject, hpaPath } from '../actuator/targets/hpa.ts';
import { ALLOW_TAKE_OVER, HpaIndex, type HpaRecord, hpaRecord } from '../actuator/targets/hpa-index.ts';
import { ScaleSubresource } from '../actuator/targets/scale.ts';
import { unlessGone } from '../actuator/targets/target.ts';
import { OptedWorkloads, type WorkloadKind } from '../collector/workloads/opted-workloads.ts';
import { annotatedPod } from '../collector/workloads/template-annotations.ts';
import type { Clock } from '../core/clock.ts';
import type { PolicyLimits, WorkloadPolicy } from '../core/policy/policy.ts';
import { type WorkloadRef, workloadKey } from '../core/workload.ts';
import type { KubernetesApi, MetadataObject, ObjectMeta, Query } from '../kubernetes/api.ts';
import { type Informer, informer } from '../kubernetes/informer.ts';
import { resourcePath } from '../kubernetes/resource-path.ts';
import type { Resources } from '../kubernetes/resources.ts';
import type { Log } from '../telemetry/log/log.ts';
import type { Engine } from './engine/engine.ts';
import type { Routed } from './engine/engine-parts.ts';

const NAMESPACES = '/api/v1/namespaces';
/** An HPA whose original was forged is looked at again after so many ticks, ten minutes: its owner must not keep us busy. */
const FORGED_TICKS = 40;

export interface WatchOptions extends Clock {
  readonly api: KubernetesApi;
  readonly resources: Resources;
  readonly limits: PolicyLimits;
  readonly kinds: readonly WorkloadKind[];
  /** Empty: all. */
  readonly namespaces: readonly string[];
  readonly takeOverHpa: boolean;
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** The watches on workloads, namespaces and HPAs, and what they say of how a workload may be written to. */
export class ClusterWatches {
  private readonly options: WatchOptions;
  private readonly opted: OptedWorkloads;
  private readonly hpas = new HpaIndex();
  private readonly informers: Informer<unknown>[] = [];
  private readonly finished: Promise<void>[] = [];
  /** Watches of single Namespaces: synced, or refused at least once. */
  private readonly answered: (() => boolean)[] = [];
  /** Changes are carried out one after another, in the order of the events. */
  private turn: Promise<void> = Promise.resolve();
  private queued = 0;
  private engine: Engine | undefined;
  private starting = true;
  private ticks = 0;
  /** HPAs whose floor can't be put back, and the tick before which it is not tried again. */
  private readonly forged = new Map<string, number>();

  constructor(options: WatchOptions) {
    this.options = options;
    // With rights in some of them only, somebody may have left out the right to read these Namespaces by name.
    this.opted = new OptedWorkloads(options.limits, { waitForNamespaces: options.namespaces.length === 0 });
  }

  /** Whether all first lists are held. */
  get synced(): boolean {
    return !this.starting && this.informers.every(({ synced }) => synced);
  }

  /** Whether all that was heard is taken over. */
  get settled(): boolean {
    return this.queued === 0;
  }

  /** The watch that was silent for the longest, by the clock; undefined: one has not said anything yet. */
  get lastHeardSeconds(): number | undefined {
    const heard = this.informers.map(({ lastHeardSeconds }) => lastHeardSeconds);
    return heard.includes(undefined) ? undefined : Math.min(...(heard as number[]));
  }

  /** Starts all watches; HPAs and namespaces come first, as they decide what a workload is. */
  async start(engine: Engine): Promise<void> {
    this.engine = engine;
    const { namespaces, kinds, resources } = this.options;
    const scopes = namespaces.length === 0 ? [undefined] : namespaces;
    for (const scope of scopes) this.watchHpas(scope);
    if (namespaces.length === 0) this.watchNamespaces();
    else for (const name of namespaces) this.watchNamespace(name);
    await this.whenSynced();
    await this.whenAnswered();
    for (const kind of kinds) {
      for (const scope of scopes) this.watchKind(kind, await resources.collection(kind.apiVersion, kind.kind, scope));
    }
    this.starting = false;
  }

  /** Ends when the signal has ended all watches. */
  async done(): Promise<void> {
    await Promise.all(this.finished);
    await this.turn;
  }

  /** A pod was seen: what stands on its template by mistake is said on its workload. */
  readonly pod = (pod: ObjectMeta): void => {
    const annotated = annotatedPod(pod);
    if (annotated === undefined) return;
    for (const change of this.opted.podAnnotated(annotated.owner, annotated.names)) {
      this.queue((engine) => engine.apply(change));
    }
  };

  /** How a workload may be written to, by its policy and the HPAs there are. */
  readonly route = async (ref: WorkloadRef, policy: WorkloadPolicy): Promise<Routed> => {
    const scalePath = await this.options.resources.scale(ref);
    const real = this.realTarget(ref, policy, scalePath);
    if (policy.mode !== 'observe') return real;
    const read = 'target' in real ? real.target : new ScaleSubresource(this.options.api, ref, scalePath);
    return { target: new DryRun(read) };
  };

  /** The one HPA that scales it, as it stands in the cluster; undefined: none does, or several. @throws ApiError */
  async hpaOf(ref: WorkloadRef): Promise<HpaObject | undefined> {
    const [hpa, ...others] = this.hpas.ownersOf(ref);
    if (hpa === undefined || others.length > 0) return undefined;
    return unlessGone(this.options.api.get<HpaObject>(hpaPath(hpa.namespace, hpa.name)));
  }

  /**
   * Puts back the floors that stand because of us though nobody wants them raised any more: the workload opted out, was paused or
   * deleted, or its HPA is named no more, while no addon ran or just as a write was under way. Between two ticks' writes.
   */
  async releaseLeft(): Promise<void> {
    if (!this.synced || !this.options.takeOverHpa) return;
    await this.turn;
    const { api, log } = this.options;
    this.ticks++;
    for (const hpa of this.hpas.marked().filter((one) => !this.isRaised(one))) {
      const name = `${hpa.namespace}/${hpa.name}`;
      if ((this.forged.get(name) ?? 0) > this.ticks) continue;
      this.forged.delete(name);
      try {
        // The scale subresource plays no part in a release.
        await new HpaMinReplicas(api, hpa, '').release();
        log.info('put back minReplicas of an HPA that no workload names', { hpa: name });
      } catch (error) {
        if (error instanceof ForgedOriginal) this.forged.set(name, this.ticks + FORGED_TICKS);
        log.error('minReplicas of an HPA could not be put back', { hpa: name, error });
      }
    }
  }

  /** Whether a workload wants this HPA's floor raised. */
  private isRaised({ namespace, name, target }: HpaRecord): boolean {
    const opted = this.opted.get({ ...target, namespace })?.opted;
    if (opted?.kind !== 'in') return false;
    const { takeOverHpa, mode, paused } = opted.policy;
    return takeOverHpa === name && mode !== 'observe' && paused !== 'all';
  }

  private realTarget(ref: WorkloadRef, policy: WorkloadPolicy, scalePath: string): Routed {
    const { api, takeOverHpa } = this.options;
    const route = this.hpas.route(ref, policy.takeOverHpa, takeOverHpa);
    if (route.kind === 'refused') return { refused: route.why };
    if (route.kind === 'scale') return { target: new ScaleSubresource(api, ref, scalePath) };
    if (!takeOverHpa) {
      const why = `HorizontalPodAutoscaler ${route.hpa.namespace}/${route.hpa.name} may not be changed: ${ALLOW_TAKE_OVER}`;
      return { refused: why };
    }
    return { target: new HpaMinReplicas(api, route.hpa, scalePath) };
  }

  private async whenSynced(): Promise<void> {
    const { sleep, signal } = this.options;
    while (!signal.aborted && !this.informers.every(({ synced }) => synced)) await sleep(0.05, signal);
  }

  /** Labels that were read decide before any workload is in; those that can't be read keep no workload out. */
  private async whenAnswered(): Promise<void> {
    const { sleep, signal } = this.options;
    while (!signal.aborted && !this.answered.every((answered) => answered())) await sleep(0.05, signal);
  }

  private watchKind(kind: WorkloadKind, path: string): void {
    this.add(
      informer<MetadataObject, MetadataObject>({
        ...this.options,
        path,
        metadataOnly: true,
        keep: (object) => {
          for (const change of this.opted.workload(kind, object)) this.queue((engine) => engine.apply(change));
          const { name, namespace = '', generation } = object.metadata;
          const key = workloadKey({ ...kind, namespace, name });
          if (generation !== undefined) this.queue(async (engine) => engine.seen(key, generation));
          return named(object);
        },
        onDelete: (object) => {
          for (const change of this.opted.workloadDeleted(kind, object)) this.queue((engine) => engine.apply(change));
        },
        onError: this.onError(path),
      }),
    );
  }

  private watchNamespaces(): void {
    this.add(this.namespaceInformer({}, this.onError(NAMESPACES)));
  }

  /** Its labels alone: the chart grants these Namespaces by name. */
  private watchNamespace(name: string): void {
    const { log } = this.options;
    let refused = false;
    const watch = this.namespaceInformer({ fieldSelector: `metadata.name=${name}` }, (error) => {
      if (!refused)
        log.warn('the labels of a namespace can not be read: they have no effect', { namespace: name, error });
      refused = true;
    });
    this.answered.push(() => watch.synced || refused);
    this.finished.push(watch.done);
  }

  private namespaceInformer(query: Query, onError: (error: Error) => void): Informer<MetadataObject> {
    return informer<MetadataObject, MetadataObject>({
      ...this.options,
      path: NAMESPACES,
      query,
      metadataOnly: true,
      keep: (object) => {
        for (const change of this.opted.namespace(object)) this.queue((engine) => engine.apply(change));
        return named(object);
      },
      onDelete: (object) => {
        for (const change of this.opted.namespaceDeleted(object)) this.queue((engine) => engine.apply(change));
      },
      onError,
    });
  }

  private watchHpas(namespace: string | undefined): void {
    const path = resourcePath('autoscaling/v2', 'horizontalpodautoscalers', namespace);
    this.add(
      informer<HpaObject, HpaRecord>({
        ...this.options,
        path,
        keep: hpaRecord,
        onUpsert: (record, before) => {
          if (before && JSON.stringify(before) === JSON.stringify(record)) return;
          this.hpas.set(record);
          if (before) this.reroute(before);
          this.reroute(record);
        },
        onDelete: (record) => {
          this.hpas.delete(record.namespace, record.name);
          this.forged.delete(`${record.namespace}/${record.name}`);
          this.reroute(record);
        },
        onError: this.onError(path),
      }),
    );
  }

  private reroute({ namespace, target: { apiVersion, kind, name } }: HpaRecord): void {
    this.queue((engine) => engine.reroute({ apiVersion, kind, namespace, name }));
  }

  private add(watch: Informer<unknown>): void {
    this.informers.push(watch);
    this.finished.push(watch.done);
  }

  private queue(task: (engine: Engine) => Promise<void>): void {
    this.queued++;
    this.turn = this.turn
      .then(() => task(this.engine!))
      .catch((error) => {
        this.options.log.error('a change of the cluster could not be taken over', { error });
      })
      .finally(() => {
        this.queued--;
      });
  }

  private onError(path: string) {
    return (error: Error) => this.options.log.warn('a watch failed and is tried again', { path, error });
  }
}

/** What a deletion needs to be told: nothing else of an object is held. */
function named({
  metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
}: MetadataObject): MetadataObject {
  return {
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion, creationTimestamp },
  };
}
