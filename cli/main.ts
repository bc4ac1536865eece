#!/usr/bin/env node
import { CommanderError } from 'commander';
import { InputError, messageOf, WorldError } from '../core/errors.ts';
import { endQuietlyOnClosedPipe } from './output.ts';
import { buildProgram } from './program.ts';

const END_MS = 500;

/** 0 done; 1 the world failed (a server, a disk) or a bug; 2 the input is wrong and nothing was written. */
async function main(): Promise<void> {
  endQuietlyOnClosedPipe();
  try {
    await buildProgram().parseAsync(process.argv);
  } catch (error) {
    process.exitCode = report(error);
    // Whatever a failed command has open (a role's connections) keeps it alive no longer than what it said takes to be read.
    setTimeout(() => process.exit(), END_MS).unref();
  }
}

/** Says what went wrong in one sentence on standard error. @returns the exit code */
function report(error: unknown): number {
  // Commander has already printed its own help or complaint.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const message = messageOf(error);
  if (error instanceof InputError) return complain(message, 2);
  if (error instanceof WorldError) return complain(message, 1);
  const stack = process.env.DEBUG && error instanceof Error ? `${error.stack}\n` : '';
  const exitCode = complain(`unexpected: ${message} (a bug; DEBUG=1 shows where)`, 1);
  process.stderr.write(stack);
  return exitCode;
}

function complain(message: string, exitCode: number): number {
  // What a server or a file said must not move the cursor or fake a second line.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  process.stderr.write(`prescale: ${message.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')}\n`);
  return exitCode;
}

await main();
