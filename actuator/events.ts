import { createHash } from 'node:crypto';
import { cutText } from '../core/text/cut-text.ts';
import { plainText } from '../core/text/plain-text.ts';
import { type WorkloadRef, workloadKey } from '../core/workload.ts';
import { ApiError, type KubernetesApi } from '../kubernetes/api.ts';
import { resourcePath } from '../kubernetes/resource-path.ts';

const CONTROLLER = 'prescale.dev/prescale';
/** Limits of the API server's validation (those of events.k8s.io/v1, through which core events are read too). */
const MOST_NOTE_BYTES = 1024;
const MOST_NAME_CHARS = 253;

/** What happened to a workload, for whoever runs `kubectl describe`. */
export interface WorkloadEvent {
  readonly type: 'Normal' | 'Warning';
  /** CamelCase: `Scaled`, `WrongAnnotation`. */
  readonly reason: string;
  /** In words, with its numbers: `6 → 9: 840 req/s expected at 09:03, pods need 21 s`. */
  readonly note: string;
  /** What we did or tried: `Scale`, `Observe`. */
  readonly action: string;
  /**
   * Of what every replica finds at every start (a mistake in an annotation): its Event is named by its words, so that the API server
   * refuses a second one for as long as the first lives.
   */
  readonly once?: boolean;
}

export interface EventLimits {
  /** New events on one workload at once after a rest, and in the long run. */
  readonly burst: number;
  readonly perMinute: number;
  /** The same words again within so long raise the count of the event that is there. */
  readonly sameSeconds: number;
  /** Counts are written no more often than this. */
  readonly countSeconds: number;
  /** Waiting to be sent; more are dropped. */
  readonly queue: number;
}

/** A workload that is scaled each minute shows all of it; one in a loop of 15 s shows every fourth, and says how many it hides. */
export const DEFAULT_EVENT_LIMITS: EventLimits = {
  burst: 10,
  perMinute: 1,
  sameSeconds: 600,
  countSeconds: 60,
  queue: 1000,
};

export interface EventRecorderOptions {
  readonly api: KubernetesApi;
  /** The pod's name. */
  readonly instance: string;
  readonly monotonicNow: () => number;
  readonly wallNow: () => number;
  /** An event that could not be written; nothing else depends on it. */
  readonly onError: (error: Error) => void;
  readonly limits?: Partial<EventLimits>;
}

/** Writes Events on workloads (core v1, whose counts every kubectl shows): needs create and patch on events there. */
export interface EventRecorder {
  /** Returns at once and never throws. @param uid the object's, so that a later one of the same name doesn't inherit it */
  record(workload: WorkloadRef & { readonly uid?: string | undefined }, event: WorkloadEvent): void;
  /** Forgets a workload that is gone. */
  forget(workload: WorkloadRef): void;
  /** What is waiting has been sent, counts that were held back too. */
  flush(): Promise<void>;
  /** Not written so far because of the limits. */
  readonly dropped: number;
}

export function eventRecorder(options: EventRecorderOptions): EventRecorder {
  return new Recorder(options);
}

/** An event that was written, by its words. */
interface Written {
  readonly path: string;
  readonly body: object;
  count: number;
  /** Of its last occurrence, by both clocks. */
  lastSeconds: number;
  lastEpochSeconds: number;
  /** What the API server knows of. */
  sentCount: number;
  sentAtSeconds: number;
}

interface Workload {
  readonly uid: string | undefined;
  readonly events: Map<string, Written>;
  /** The bucket of new events. */
  tokens: number;
  filledAtSeconds: number;
  hidden: number;
}

class Recorder implements EventRecorder {
  dropped = 0;
  private readonly options: EventRecorderOptions;
  private readonly limits: EventLimits;
  private readonly workloads = new Map<string, Workload>();
  private queue: Promise<void> = Promise.resolve();
  private waiting = 0;
  private made = 0;
  private sweptSeconds = Number.NEGATIVE_INFINITY;

  constructor(options: EventRecorderOptions) {
    this.options = options;
    this.limits = { ...DEFAULT_EVENT_LIMITS, ...options.limits };
  }

  record(workload: WorkloadRef & { readonly uid?: string | undefined }, said: WorkloadEvent): void {
    const event = plainEvent(said);
    const now = this.options.monotonicNow();
    this.sweep(now);
    const known = this.known(workload, now);
    this.forgetOld(known, now);
    const words = `${event.type} ${event.reason} ${event.note}`;
    const written = known.events.get(words);
    if (written) this.again(written, now);
    else if (this.token(known, now)) this.first(workload, known, words, event, now);
    else {
      known.hidden++;
      this.dropped++;
    }
  }

  forget(workload: WorkloadRef): void {
    this.workloads.delete(workloadKey(workload));
  }

  async flush(): Promise<void> {
    for (const { events } of this.workloads.values()) {
      for (const written of events.values()) if (written.count > written.sentCount) this.sendCount(written);
    }
    await this.queue;
  }

  private forgetOld({ events }: Workload, now: number): void {
    for (const [words, { lastSeconds }] of events) {
      if (now - lastSeconds > this.limits.sameSeconds) events.delete(words);
    }
  }

  /** What 10,000 workloads were told once is not kept until each is told something else. */
  private sweep(now: number): void {
    if (now - this.sweptSeconds <= this.limits.sameSeconds) return;
    this.sweptSeconds = now;
    const { burst, perMinute } = this.limits;
    for (const [key, known] of this.workloads) {
      this.forgetOld(known, now);
      const isFull = now - known.filledAtSeconds >= (60 * burst) / perMinute;
      if (known.events.size === 0 && known.hidden === 0 && isFull) this.workloads.delete(key);
    }
  }

  private known(workload: WorkloadRef & { readonly uid?: string | undefined }, now: number): Workload {
    const key = workloadKey(workload);
    const found = this.workloads.get(key);
    if (found && found.uid === workload.uid) return found;
    const made = {
      uid: workload.uid,
      events: new Map<string, Written>(),
      tokens: this.limits.burst,
      filledAtSeconds: now,
      hidden: 0,
    };
    this.workloads.set(key, made);
    return made;
  }

  private token(known: Workload, now: number): boolean {
    const { burst, perMinute } = this.limits;
    const filled = known.tokens + ((now - known.filledAtSeconds) * perMinute) / 60;
    known.tokens = Math.min(burst, filled);
    known.filledAtSeconds = now;
    // The tolerance is for refills that add up to one but for rounding.
    if (known.tokens < 1 - 1e-9) return false;
    known.tokens -= 1;
    return true;
  }

  private first(
    workload: WorkloadRef & { readonly uid?: string | undefined },
    known: Workload,
    words: string,
    event: WorkloadEvent,
    now: number,
  ): void {
    const { wallNow, instance } = this.options;
    const { apiVersion, kind, namespace, name, uid } = workload;
    const wall = wallNow();
    const hidden = known.hidden > 0 ? ` (${known.hidden} more events on it were not shown)` : '';
    known.hidden = 0;
    // As client-go names events: the object and the time, in hexadecimal; ours adds a number, as two may fall into one instant.
    const made = () => `${Math.floor(wall * 1e6).toString(16)}${(this.made++ % 4096).toString(16).padStart(3, '0')}`;
    const suffix = `.${event.once ? digestOf(`${kind} ${uid} ${words}`) : made()}`;
    const body = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${name.slice(0, MOST_NAME_CHARS - suffix.length).replace(/[.-]+$/, '')}${suffix}`, namespace },
      involvedObject: { apiVersion, kind, namespace, name, ...(uid === undefined ? {} : { uid }) },
      type: event.type,
      reason: event.reason,
      action: event.action,
      message: `${cutText(event.note, MOST_NOTE_BYTES - hidden.length)}${hidden}`,
      count: 1,
      firstTimestamp: timestamp(wall),
      lastTimestamp: timestamp(wall),
      source: { component: CONTROLLER },
      reportingComponent: CONTROLLER,
      reportingInstance: plainText(instance).slice(0, 128),
    };
    const path = resourcePath('v1', 'events', namespace);
    const written = { path: resourcePath('v1', 'events', namespace, body.metadata.name), body, count: 1, sentCount: 1 };
    if (this.send(() => this.create(path, body, event))) {
      known.events.set(words, { ...written, lastSeconds: now, lastEpochSeconds: wall, sentAtSeconds: now });
    }
  }

  private async create(path: string, body: object, { once = false }: WorkloadEvent): Promise<void> {
    try {
      await this.options.api.post(path, body);
    } catch (error) {
      // Another replica said it, or this one before it was started again.
      if (!(once && error instanceof ApiError && error.status === 409)) throw error;
    }
  }

  private again(written: Written, now: number): void {
    written.count++;
    written.lastSeconds = now;
    written.lastEpochSeconds = this.options.wallNow();
    if (now - written.sentAtSeconds >= this.limits.countSeconds) this.sendCount(written);
  }

  private sendCount(written: Written): void {
    written.sentCount = written.count;
    written.sentAtSeconds = written.lastSeconds;
    const counted = { count: written.count, lastTimestamp: timestamp(written.lastEpochSeconds) };
    this.send(async () => {
      try {
        await this.options.api.patch(written.path, 'merge', counted);
      } catch (error) {
        // Events live for an hour; one that is gone is written again with its count.
        if (!(error instanceof ApiError && error.status === 404)) throw error;
        await this.options.api.post(written.path.slice(0, written.path.lastIndexOf('/')), {
          ...written.body,
          ...counted,
        });
      }
    });
  }

  /** One after the other: events of a workload stay in order, and never take more than one place among the requests. @returns whether it is sent */
  private send(work: () => Promise<unknown>): boolean {
    if (this.waiting >= this.limits.queue) {
      this.dropped++;
      return false;
    }
    this.waiting++;
    this.queue = this.queue
      .then(work)
      .catch((error: unknown) => this.options.onError(error as Error))
      .catch(() => undefined)
      .then(() => {
        this.waiting--;
      });
    return true;
  }
}

/** Whoever runs `kubectl describe` reads it at a terminal, and what pods, quotas and Prometheus said stands in it. */
function plainEvent(event: WorkloadEvent): WorkloadEvent {
  const { reason, note, action } = event;
  return { ...event, reason: plainText(reason), note: plainText(note), action: plainText(action) };
}

function timestamp(epochSeconds: number): string {
  return new Date(Math.floor(epochSeconds) * 1000).toISOString().replace('.000Z', 'Z');
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
