import { messageOf } from '../../../core/errors.ts';
import { type AddonFlags, type AskAddon, withAddon } from '../../cluster/addon-answer.ts';
import { askFleet, type ShownFleet } from '../../cluster/shown.ts';
import { writeData } from '../../terminal/output.ts';
import { drawScreen, enterScreen, leaveScreen, screenSize } from '../../terminal/screen.ts';
import { outColumns } from '../../terminal/terminal-columns.ts';
import { standbyLines, statusTable } from '../status/status.ts';
import { type Sort, TopView, topTable } from './top-view.ts';

/** As they were typed. */
export interface TopFlags extends AddonFlags {
  readonly namespace?: string;
  readonly sort: Sort;
}

/** Decisions come every 15 s. */
const ASK_MS = 5_000;

/** `prescale top`: the workloads, again and again; once where nobody sits at a terminal. */
export async function runTop(flags: TopFlags): Promise<void> {
  const { stdin, stdout } = process;
  if (!stdout.isTTY || !stdin.isTTY || process.env.TERM === 'dumb') {
    const shown = await withAddon(flags, (ask) => fleetOf(ask, flags));
    return writeData([`${onceLines(shown, flags).join('\n')}\n`]);
  }
  let screen: TopScreen | undefined;
  // The connection stays while the replica that answers leads; then, and after a failure, it is looked for again.
  for (let isOver = false; !isOver; ) {
    try {
      isOver = await withAddon(flags, async (ask) => {
        for (;;) {
          const shown = await fleetOf(ask, flags);
          screen ??= new TopScreen(new TopView(flags.sort), shown);
          screen.show(shown);
          if (await screen.ended(ASK_MS)) return true;
          if (!shown.leader) return false;
        }
      });
    } catch (error) {
      // What fails at once is no watch.
      if (screen === undefined) throw error;
      screen.fail(messageOf(error));
      isOver = await screen.ended(ASK_MS);
    }
  }
  screen?.close();
}

async function fleetOf(ask: AskAddon, { namespace }: TopFlags): Promise<ShownFleet> {
  const shown = await askFleet(ask);
  return { ...shown, rows: shown.rows.filter(({ ref }) => [undefined, ref.namespace].includes(namespace)) };
}

function onceLines(shown: ShownFleet, { namespace, sort }: TopFlags): string[] {
  if (shown.rows.length === 0) return statusTable({ ...shown, workloads: [] }, namespace, outColumns());
  return [...standbyLines(shown), ...topTable(shown, sort)];
}

/** The terminal while it is ours. */
class TopScreen {
  private readonly view: TopView;
  private shown: ShownFleet;
  private trouble: string | undefined;
  private isOver = false;
  private wake: () => void = () => {};

  constructor(view: TopView, shown: ShownFleet) {
    this.view = view;
    this.shown = shown;
    enterScreen();
    // Whatever ends the process, the shell gets its screen back.
    process.once('exit', leaveScreen).once('SIGTERM', this.end);
    process.stdin.setRawMode(true).setEncoding('utf8').on('data', this.press).resume();
    process.stdout.on('resize', this.draw);
  }

  show(shown: ShownFleet): void {
    this.shown = shown;
    this.trouble = undefined;
    this.draw();
  }

  /** The last known stays, and says so. */
  fail(trouble: string): void {
    this.trouble = trouble;
    this.draw();
  }

  /** Waits so long at most. @returns whether somebody wants out */
  async ended(ms: number): Promise<boolean> {
    if (this.isOver) return true;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    return this.isOver;
  }

  close(): void {
    process.stdin.off('data', this.press).setRawMode(false).pause();
    process.stdout.off('resize', this.draw);
    process.off('exit', leaveScreen).off('SIGTERM', this.end);
    leaveScreen();
  }

  private readonly draw = (): void => {
    const { rows, columns } = screenSize();
    drawScreen(this.view.lines(this.shown, this.trouble, rows, columns));
  };

  private readonly press = (key: string): void => (this.view.press(key) ? this.end() : this.draw());

  private readonly end = (): void => {
    this.isOver = true;
    this.wake();
  };
}
