import { podsFor } from '../../core/pods.ts';
import type { KubernetesObject } from './api-client.ts';
import { fleetRows } from './console-answers.ts';
import type { Cluster } from './harness.ts';
import type { RunningAddon } from './prescale.ts';
import { type Look, NO_SCORE, type Score, scoreAfter, scoreText } from './score.ts';

const NOT_INSTALLED = 'is not installed';

export interface LiveScoreOptions {
  readonly cluster: Cluster;
  readonly namespace: string;
  /** The Deployment that Prescale is to scale, and its twin under the HPA. */
  readonly ours: string;
  readonly twin: string;
  /** Demand that one Ready pod serves. */
  readonly podCapacity: number;
  /** Of now. */
  readonly demand: () => number;
  /** The addon's processes, as far as there are any. */
  readonly addons: () => readonly RunningAddon[];
}

/** The score of two Deployments under the same demand, from looks at the cluster; Prescale's only for the time in which it acts. */
export class LiveScore {
  private readonly options: LiveScoreOptions;
  private readonly looks = new Map<string, Look>();
  private scores: { ours: Score; twin: Score; twinBeside: Score } = {
    ours: NO_SCORE,
    twin: NO_SCORE,
    twinBeside: NO_SCORE,
  };
  private decision = NOT_INSTALLED;
  private acts = false;
  /** The first pods of both were Ready. */
  private begun = false;

  constructor(options: LiveScoreOptions) {
    this.options = options;
  }

  /** Call it every few seconds. */
  async look(): Promise<void> {
    const { ours, twin, podCapacity } = this.options;
    const [ownBefore, twinBefore] = [this.looks.get(ours), this.looks.get(twin)];
    const [own, other] = [await this.lookAt(ours), await this.lookAt(twin)];
    await this.ask();
    if (!this.begun || !ownBefore || !twinBefore) {
      this.begun ||= [own, other].every(({ pods, ready }) => ready > 0 && ready === pods.size);
      return;
    }
    const { scores } = this;
    this.scores = {
      twin: scoreAfter(scores.twin, twinBefore, other, podCapacity),
      // Both over the same time, that in which Prescale acts: what was there before is no merit of either.
      ours: this.acts ? scoreAfter(scores.ours, ownBefore, own, podCapacity) : scores.ours,
      twinBeside: this.acts ? scoreAfter(scores.twinBeside, twinBefore, other, podCapacity) : scores.twinBeside,
    };
  }

  /** Lines to print: what is there now, and both scores. */
  text(): string {
    const { demand, podCapacity, ours, twin } = this.options;
    const pods = (name: string) => {
      const look = this.looks.get(name);
      return `${name} has ${look?.ready ?? 0} of ${look?.pods.size ?? 0} Ready`;
    };
    const { scores, decision, acts } = this;
    const acted = scores.ours.seconds > 0;
    const own = acted ? scoreText(scores.ours) + (acts ? '' : `; now it ${decision}`) : decision;
    return [
      `${demand().toFixed(0)} req/s need ${podsFor(demand(), podCapacity)} pods; ${pods(ours)}, ${pods(twin)}`,
      `  Prescale  ${own}`,
      `  HPA       ${scoreText(acted ? scores.twinBeside : scores.twin)}`,
    ].join('\n');
  }

  private async lookAt(name: string): Promise<Look> {
    const { cluster, namespace, demand } = this.options;
    type Pod = KubernetesObject & {
      readonly metadata: { readonly uid: string; readonly deletionTimestamp?: string };
      readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
    };
    const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(`app=${name}`)}`;
    const { items } = await cluster.api.request<{ items: readonly Pod[] }>('GET', path);
    const present = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const isReady = ({ status }: Pod) =>
      status?.conditions?.some(({ type, status: holds }) => type === 'Ready' && holds === 'True') ?? false;
    const look = {
      atSeconds: Date.now() / 1000,
      demand: demand(),
      pods: new Set(present.map(({ metadata }) => metadata.uid)),
      ready: present.filter(isReady).length,
    };
    this.looks.set(name, look);
    return look;
  }

  private async ask(): Promise<void> {
    const { namespace, ours, addons } = this.options;
    this.acts = false;
    this.decision = addons().length === 0 ? NOT_INSTALLED : 'has not decided yet';
    for (const addon of addons()) {
      const rows = await fleetRows(addon).catch(() => []);
      const found = rows.find(({ ref }) => ref.namespace === namespace && ref.name === ours);
      if (!found?.mode) continue;
      this.acts = found.mode !== 'observe';
      const { current, wanted } = found.replicas;
      this.decision = this.acts
        ? `acts, mode ${found.mode}`
        : `observes: there are ${current} pods, it would have ${wanted}`;
    }
  }
}
