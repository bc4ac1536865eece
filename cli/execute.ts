import { basename } from 'node:path';
import { CommanderError } from 'commander';
import { InputError, messageOf, WorldError } from '../core/errors.ts';
import { answerCompletion, COMPLETE } from './completion/completion-command.ts';
import { buildProgram, type Fit } from './program.ts';
import { writeNote, writeNotes } from './terminal/output.ts';
import { columnsOf } from './terminal/terminal-columns.ts';

/** The names under which kubectl finds a plugin `prescale`, and what it asks for its completion. */
const KUBECTL_PLUGIN = 'kubectl-prescale';
const KUBECTL_COMPLETION = 'kubectl_complete-prescale';

/**
 * Runs one command.
 * @param argv as Node has it: two entries before the command's own.
 * @returns undefined where it ended as it should (what it did may have set process.exitCode); else the exit code, when what went wrong was said
 *   on standard error: 1 the world failed (a server, a disk) or a bug, 2 the input is wrong and nothing was written.
 */
export async function execute(argv: readonly string[]): Promise<number | undefined> {
  try {
    const [, path = '', ...words] = argv;
    const called = basename(path);
    const program = buildProgram(called === KUBECTL_PLUGIN ? 'kubectl prescale' : 'prescale', await fitting());
    if (called === KUBECTL_COMPLETION) await answerCompletion(program, words);
    else if (words[0] === COMPLETE) await answerCompletion(program, words.slice(1));
    else await program.parseAsync(argv);
    return undefined;
  } catch (error) {
    return report(error);
  }
}

/** What makes help fit a terminal; loaded where there is one. */
async function fitting(): Promise<Fit | undefined> {
  const streams = [process.stdout, process.stderr];
  if (streams.every((stream) => columnsOf(stream, process.env) === undefined)) return undefined;
  return (await import('./terminal/fit-lines.ts')).fitText;
}

/** Says what went wrong in one sentence on standard error. @returns the exit code */
function report(error: unknown): number {
  // Commander has already printed its own help or complaint.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const message = messageOf(error);
  if (error instanceof InputError) return complain(message, 2);
  if (error instanceof WorldError) return complain(message, 1);
  const exitCode = complain(`unexpected: ${message} (a bug; DEBUG=1 shows where)`, 1);
  if (process.env.DEBUG && error instanceof Error) writeNotes(`${error.stack}\n`);
  return exitCode;
}

function complain(message: string, exitCode: number): number {
  writeNote(`prescale: ${message}`);
  return exitCode;
}
