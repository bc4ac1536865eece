import type { ShownWorkloads } from '../../../addon/status/addon-view.ts';
import { messageOf } from '../../../core/errors.ts';
import { type AddonFlags, withAddon } from '../../cluster/addon-answer.ts';
import { writeData } from '../../terminal/output.ts';
import { outColumns } from '../../terminal/terminal-columns.ts';
import { askWorkloads, inNamespace, statusTable } from '../status/status.ts';
import { type Sort, TopView, topTable } from './top-view.ts';

/** As they were typed. */
export interface TopFlags extends AddonFlags {
  readonly namespace?: string;
  readonly sort: Sort;
}

/** Decisions come every 15 s. */
const ASK_MS = 5_000;

/** Another screen than the shell's, without a cursor; and back. */
const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
/** From the top; the rest of each line, and what is below, is empty. */
const HOME = '\u001b[H';
const END_OF_LINE = '\u001b[K\r\n';
const BELOW = '\u001b[J';

/** `prescale top`: the workloads, again and again; once where nobody sits at a terminal. */
export async function runTop(flags: TopFlags): Promise<void> {
  const ask = () => withAddon(flags, async (one) => inNamespace(await askWorkloads(one), flags.namespace));
  const first = await ask();
  if (!process.stdout.isTTY || !process.stdin.isTTY || process.env.TERM === 'dumb')
    return writeData([once(first, flags)]);
  await watch(first, flags, ask);
}

function once(shown: ShownWorkloads, { namespace, sort }: TopFlags): string {
  const lines = shown.workloads.length === 0 ? statusTable(shown, namespace, outColumns()) : topTable(shown, sort);
  return `${lines.join('\n')}\n`;
}

async function watch(first: ShownWorkloads, flags: TopFlags, ask: () => Promise<ShownWorkloads>): Promise<void> {
  const { stdin, stdout } = process;
  const view = new TopView(flags.sort);
  let shown = first;
  let trouble: string | undefined;
  const draw = () => {
    // Of some terminals the size is not known, and reads as 0.
    const lines = view.lines(shown, trouble, stdout.rows || 24, stdout.columns || 80);
    stdout.write(`${HOME}${lines.join(END_OF_LINE)}\u001b[K${BELOW}`);
  };
  const leave = () => stdout.write(LEAVE);
  let end: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const press = (key: string) => (view.press(key) ? end() : draw());
  stdout.write(ENTER);
  // Whatever ends the process, the shell gets its screen back.
  process.once('exit', leave);
  process.once('SIGTERM', end);
  stdin.setRawMode(true).setEncoding('utf8').on('data', press).resume();
  stdout.on('resize', draw);
  draw();
  let timer: NodeJS.Timeout | undefined;
  const again = async () => {
    try {
      shown = await ask();
      trouble = undefined;
    } catch (error) {
      // The last known stays, and says so.
      trouble = messageOf(error);
    }
    draw();
    timer = setTimeout(again, ASK_MS);
  };
  timer = setTimeout(again, ASK_MS);
  try {
    await ended;
  } finally {
    clearTimeout(timer);
    stdin.off('data', press).setRawMode(false).pause();
    stdout.off('resize', draw);
    process.off('exit', leave).off('SIGTERM', end);
    leave();
  }
  // An answer may still be on its way.
  process.exit();
}
