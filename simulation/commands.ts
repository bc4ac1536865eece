import type { SimulationClock } from './clock.ts';
import type { MeasurementFaults } from './measurement-faults.ts';
import type { Cluster } from './plant/cluster.ts';
import { NO_NODE } from './plant/deployment.ts';
import type { SimulatedWorkload } from './plant/workload.ts';
import { type Fleet, slotOf } from './processes/fleet.ts';
import { type Action, type Command, classOf, type Scenario, type WorkloadPlan } from './scenarios/scenario.ts';
import { scheduledMinimum } from './scheduled-minimum.ts';
import type { ActiveFault, Obstacle, WorkloadTick } from './timeline.ts';
import type { Traffic } from './traffic.ts';

/** What lasts and says no time. */
const USUAL_SECONDS = 180;
const USUAL_SLOWNESS = 4;
/** GitOps puts its number back within a quarter of a minute. */
const GITOPS_SECONDS = 15;
/** What happens at once is a fault of this instant: it shows in the tick that follows. */
const INSTANT_SECONDS = 15;

/** What commands act on. */
export interface Stage {
  readonly scenario: Scenario;
  readonly clock: SimulationClock;
  readonly cluster: Cluster;
  readonly traffic: Traffic;
  readonly measured: MeasurementFaults;
  readonly fleet: Fleet;
  readonly nowSeconds: number;
  note(text: string): void;
}

/** What a person asked of a workload now. */
type Asked = Pick<WorkloadTick, 'min' | 'max' | 'paused' | 'optedOut' | 'ownFloor'> & { readonly observed: boolean };
type Person = Pick<WorkloadTick, 'min' | 'max' | 'paused' | 'optedOut' | 'handsOff' | 'ownFloor'>;

/** Carries out what a scenario says happens. */
export class Commands {
  private readonly world: Stage;
  private readonly persons = new Map<string, Asked>();
  private readonly startSeconds: number;
  /** Pods that writers of the scenario ordered, by workload. */
  private readonly ordered = new Map<string, number>();
  private acting: readonly (ActiveFault & { readonly untilSeconds: number })[] = [];

  constructor(world: Stage) {
    this.world = world;
    this.startSeconds = world.nowSeconds;
    for (const plan of world.scenario.workloads) {
      const { name, max, hpa, mode } = plan;
      const asked = { optedOut: false, observed: mode === 'observe', paused: false };
      this.persons.set(name, { ...asked, min: leastOf(plan), max, ownFloor: hpa?.min });
    }
  }

  /** Faults that act now or did since the last tick. */
  get active(): readonly ActiveFault[] {
    const now = this.world.nowSeconds;
    this.acting = this.acting.filter(({ untilSeconds }) => untilSeconds > now);
    return this.acting;
  }

  /** Pods that other writers have ordered, each rise that they wrote: two of them may take turns within one tick. */
  orderedByOthers(workload: string): number {
    return this.ordered.get(workload) ?? 0;
  }

  person(workload: string): Person {
    const { observed, ...asked } = this.persons.get(workload)!;
    const { windows } = this.world.cluster.workloads.get(workload)!.plan;
    const scheduled = scheduledMinimum(windows, this.world.nowSeconds - this.startSeconds);
    // What a window says stands in the place of min-replicas, be it less.
    const min = scheduled > 0 ? Math.max(scheduled, asked.ownFloor ?? 0) : asked.min;
    return { ...asked, min, handsOff: asked.optedOut || observed || asked.paused };
  }

  /** What truly stands in a workload's way. */
  obstacles({ plan, deployment }: SimulatedWorkload): Obstacle[] {
    const { measured } = this.world;
    const found: Obstacle[] = [];
    if (deployment.refusal !== undefined) found.push({ kind: 'quota', words: deployment.refusal });
    const waiting = deployment.active.filter(({ readySeconds }) => readySeconds === undefined);
    if (waiting.some(({ unschedulable }) => unschedulable !== undefined))
      found.push({ kind: 'no-nodes', words: NO_NODE });
    for (const illness of ['image-pull', 'crash-loop', 'never-ready'] as const) {
      if (waiting.some((pod) => pod.illness === illness)) found.push({ kind: illness, words: illness });
    }
    const person = this.person(plan.name);
    if (person.paused) found.push({ kind: 'paused', words: 'prescale.dev/paused' });
    if (deployment.replicas >= person.max) found.push({ kind: 'max', words: `max-replicas ${person.max}` });
    if (measured.of(plan.name)) found.push({ kind: 'no-data', words: measured.of(plan.name)!.action });
    return found;
  }

  /** Puts all of the scenario's commands on the clock. */
  plan(): void {
    const { clock, scenario } = this.world;
    for (const command of scenario.commands) clock.at(this.startSeconds + command.at, () => this.begin(command));
  }

  private begin(command: Command): void {
    const { do: action, workload } = command;
    const seconds = command.for ?? (isInstant(action) ? INSTANT_SECONDS : USUAL_SECONDS);
    const now = this.world.nowSeconds;
    this.acting = [
      ...this.acting,
      { action, workload, sinceSeconds: now, untilSeconds: now + seconds + this.lingers(command) },
    ];
    this.world.note(
      `${action}${workload === undefined ? '' : ` on ${workload}`}${command.target ? ` of ${command.target}` : ''}`,
    );
    const end = this.act(command, seconds);
    if (end) this.world.clock.at(now + seconds, end);
  }

  /** Pods that were made while starts were slow are slow after it, too. */
  private lingers(command: Command): number {
    if (command.do !== 'slow-start') return 0;
    const { lives } = this.workload(command).deployment;
    return (command.by ?? USUAL_SLOWNESS) * lives.startupQuantile(0.9);
  }

  /** @returns what ends it */
  private act(command: Command, seconds: number): (() => void) | undefined {
    const { world } = this;
    switch (classOf(command.do)) {
      case 'process':
        return this.process(command);
      case 'api':
        return this.api(command);
      case 'measurement':
        return world.measured.begin(command.do, command.workload, world.nowSeconds);
      case 'pods':
        return this.pods(command, seconds);
      case 'writers':
        return this.writers(command);
      case 'person':
        return this.personal(command);
      case 'redis':
        return world.fleet.redis?.begin(command.do, world.fleet.hits(command.target));
    }
  }

  private process({ do: action, target, when, by, for: seconds }: Command): (() => void) | undefined {
    const { fleet, traffic } = this.world;
    const processes = fleet.at(target);
    switch (action) {
      case 'kill': {
        if (when === 'now') {
          fleet.kill(target, seconds);
          return undefined;
        }
        traffic.crash = (process, { verb, path }, landed) => {
          if (verb !== 'patch' || path.includes('/configmaps/') || path.endsWith('/events')) return false;
          if (landed !== (when === 'after-write')) return false;
          traffic.crash = undefined;
          fleet.kill(slotOf(process), seconds);
          return true;
        };
        return undefined;
      }
      case 'stop':
        fleet.stop(target, seconds);
        return undefined;
      case 'upgrade':
        fleet.upgrade();
        return undefined;
      case 'jump':
        for (const process of processes) process.aheadSeconds += by ?? 120;
        return seconds === undefined
          ? undefined
          : () =>
              processes.forEach((process) => {
                process.aheadSeconds -= by ?? 120;
              });
      default:
        for (const process of processes) process.freeze();
        return () => {
          for (const process of processes) process.thaw(action === 'suspend');
        };
    }
  }

  private api({ do: action, target, by }: Command): () => void {
    const { traffic, fleet, clock } = this.world;
    const hits = fleet.hits(target);
    if (action !== 'watches-broken') return traffic.begin(action, hits, by);
    traffic.cutWatches(hits);
    return clock.every(5, clock.nowSeconds() + 5, () => traffic.cutWatches(hits));
  }

  private pods(command: Command, seconds: number): (() => void) | undefined {
    const { cluster } = this.world;
    const workload = this.workload(command);
    const { deployment, plan } = workload;
    const climate = cluster.climate(plan.name);
    const count = command.by ?? 2;
    switch (command.do) {
      case 'quota':
        cluster.quotaPods = command.to ?? deployment.active.length;
        return () => {
          cluster.quotaPods = undefined;
        };
      case 'no-nodes':
        climate.noNode = true;
        return () => {
          climate.noNode = false;
        };
      case 'image-pull':
      case 'crash-loop':
      case 'never-ready': {
        climate.illness = command.do;
        return () => {
          climate.illness = undefined;
        };
      }
      case 'slow-start':
        climate.slowness = command.by ?? USUAL_SLOWNESS;
        return () => {
          climate.slowness = 1;
        };
      case 'rollout':
        deployment.rollOut((command.to ?? 1) * plan.request);
        return undefined;
      case 'stuck-rollout':
        deployment.rollOut((command.to ?? 1) * plan.request, 'unschedulable');
        return () => deployment.rollBack();
      case 'pods-lost':
        for (const pod of deployment.ready.slice(0, count)) deployment.lives.remove(pod);
        return undefined;
      case 'pods-unready':
        for (const pod of deployment.ready.slice(0, count)) deployment.lives.unready(pod, seconds);
        return () => {};
      case 'debris':
        // Evicted: they stay listed, and their controller makes others.
        for (const pod of deployment.ready.slice(0, count)) deployment.lives.finish(pod, 'Failed');
        deployment.soon();
        return undefined;
      case 'strangers':
        for (let k = 0; k < count; k++) deployment.lives.stranger(k, plan.request);
        return () => deployment.lives.strangersGo();
      default:
        return undefined;
    }
  }

  private writers(command: Command): (() => void) | undefined {
    const { cluster, clock } = this.world;
    const { plan, deployment } = this.workload(command);
    const replicas = Math.round(command.to ?? plan.replicas);
    const write = () => {
      const rise = Math.max(0, replicas - deployment.replicas);
      this.ordered.set(plan.name, this.orderedByOthers(plan.name) + rise);
      void cluster.scale(plan.name, replicas);
    };
    write();
    if (command.do === 'scale') return undefined;
    return clock.every(GITOPS_SECONDS, clock.nowSeconds() + GITOPS_SECONDS, () => {
      if (deployment.replicas !== replicas) write();
    });
  }

  private personal(command: Command): (() => void) | undefined {
    const { plan } = this.workload(command);
    const { cluster } = this.world;
    const set = (name: string, value: string | null, asked: Partial<Asked>) => {
      this.ask(plan, asked);
      cluster.annotate(plan.name, `prescale.dev/${name}`, value);
    };
    const to = Math.round(command.to ?? plan.replicas);
    switch (command.do) {
      case 'pause':
        set('paused', 'true', { paused: true });
        return () => set('paused', null, { paused: false });
      case 'set-target':
        cluster.setTarget(plan.name, this.first(plan).target * (command.by ?? 1));
        return () => cluster.setTarget(plan.name, this.first(plan).target);
      case 'opt-out':
        set('enabled', null, { optedOut: true });
        return () => set('enabled', 'true', { optedOut: false });
      case 'observe':
        set('mode', 'observe', { observed: true });
        return () => set('mode', plan.mode, { observed: plan.mode === 'observe' });
      case 'set-min':
        if (plan.hpa) return this.minimumOfHpa(plan, to);
        set('min-replicas', String(to), { min: to });
        return () => set('min-replicas', String(plan.min), { min: plan.min });
      default:
        set('max-replicas', String(Math.max(1, to)), { max: Math.max(1, to) });
        return () => set('max-replicas', String(plan.max), { max: plan.max });
    }
  }

  /** Where an HPA rules, a person edits its minReplicas. */
  private minimumOfHpa(plan: WorkloadPlan, to: number): () => void {
    const { cluster } = this.world;
    const set = async (minReplicas: number) => {
      // What stands there already, because of us, is no edit: nothing of it is kept, and nobody can know of it.
      if ((await cluster.hpaMinimum(plan.name)) === minReplicas) return;
      this.ask(plan, { min: Math.max(plan.min, minReplicas), ownFloor: minReplicas });
      await cluster.setHpaMinimum(plan.name, minReplicas);
    };
    void set(to);
    return () => void set(plan.hpa!.min);
  }

  private ask({ name }: WorkloadPlan, asked: Partial<Asked>): void {
    this.persons.set(name, { ...this.persons.get(name)!, ...asked });
  }

  /** As the scenario has it. */
  private first({ name }: WorkloadPlan): WorkloadPlan {
    return this.world.scenario.workloads.find((one) => one.name === name)!;
  }

  private workload({ workload }: Command): SimulatedWorkload {
    const { cluster, scenario } = this.world;
    return cluster.workloads.get(workload ?? scenario.workloads[0]!.name)!;
  }
}

/** The minimum that rules a workload at first. */
function leastOf({ min, hpa }: WorkloadPlan): number {
  return Math.max(min, hpa?.min ?? 0);
}

/** What happens at once and has no end of its own. */
function isInstant(action: Action): boolean {
  return [
    'kill',
    'stop',
    'upgrade',
    'scale',
    'pods-lost',
    'debris',
    'rollout',
    'redis-lost',
    'redis-rolled-back',
  ].includes(action);
}
