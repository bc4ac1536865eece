import { messageOf } from '../../../core/errors.ts';
import { plainJson } from '../../../core/text/plain-text.ts';
import { workloadKey } from '../../../core/workload.ts';
import { withAddon } from '../../cluster/addon-answer.ts';
import { askWorkloads, type ShownWorkloads } from '../../cluster/shown.ts';
import { writeData, writeNote } from '../../terminal/output.ts';
import { outColumns } from '../../terminal/terminal-columns.ts';
import { yamlText } from '../../terminal/write-form.ts';
import { checkNamespaces, inNamespace, type StatusFlags, statusRows } from './status.ts';

/** Decisions come every 15 s. */
const ASK_SECONDS = 5;

/** `prescale status --watch`: all of it once, then what changes, until the process is ended. */
export async function watchStatus(flags: StatusFlags): Promise<void> {
  checkNamespaces(flags);
  const changes = new StatusChanges(flags);
  let trouble: string | undefined;
  for (;;) {
    try {
      await withAddon(flags, async (ask) => {
        for (;;) {
          const shown = await askWorkloads(ask);
          trouble = undefined;
          await writeData(changes.next(inNamespace(shown, flags.namespace), outColumns()));
          await wait();
          // Another replica may lead by now: it is looked for again.
          if (!shown.leader) return;
        }
      });
    } catch (error) {
      // What fails at once is no watch.
      if (!changes.begun) throw error;
      const message = messageOf(error);
      if (message !== trouble) writeNote(`prescale: ${message}; asking again every ${ASK_SECONDS} s`);
      trouble = message;
      await wait();
    }
  }
}

function wait(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ASK_SECONDS * 1000));
}

/** What of one answer after the other is new. */
export class StatusChanges {
  private readonly flags: Pick<StatusFlags, 'output' | 'namespace'>;
  private before: ReadonlyMap<string, string> | undefined;

  constructor(flags: Pick<StatusFlags, 'output' | 'namespace'>) {
    this.flags = flags;
  }

  /** Whether there was an answer yet. */
  get begun(): boolean {
    return this.before !== undefined;
  }

  /**
   * The pieces to write: the whole table first, then the rows that changed; as JSON a line for each answer with a change, as YAML a
   * document.
   */
  next(shown: ShownWorkloads, columns: number | undefined): string[] {
    const now = new Map(shown.workloads.map((row) => [workloadKey(row.ref), changing(row)]));
    const before = this.before;
    this.before = shown.leader ? now : (before ?? now);
    const isNew = (key: string) => before?.get(key) !== now.get(key);
    const gone = before && shown.leader ? [...before.keys()].filter((key) => !now.has(key)) : [];
    if (before && gone.length === 0 && ![...now.keys()].some(isNew)) return [];
    const { output, namespace } = this.flags;
    if (output === 'json') return [`${plainJson({ ...shown, schemaVersion: 1 })}\n`];
    if (output === 'yaml') return [`---\n${yamlText({ ...shown, schemaVersion: 1 })}`];
    const [head = [], ...rows] = statusRows(shown, namespace, columns);
    const changed = rows.filter((_, i) => isNew(workloadKey(shown.workloads[i]!.ref)));
    const lines = [
      ...(before && before.size > 0 ? [] : head),
      ...changed.flat(),
      ...gone.map((key) => `${key} opted out`),
    ];
    return lines.map((line) => `${line}\n`);
  }
}

/** Of a row, all but the time of its newest decision, which every period changes. */
function changing({ decidedSeconds, ...row }: ShownWorkloads['workloads'][number]): string {
  return JSON.stringify(row);
}
