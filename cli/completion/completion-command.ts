import { Argument, type Command } from 'commander';
import { writeData, writeTabbed } from '../terminal/output.ts';

const NOTES = `
Examples:
  $ source <(prescale completion bash)                    in ~/.bashrc for every shell
  $ source <(prescale completion zsh)                     after compinit, in ~/.zshrc
  $ prescale completion fish | source                     in ~/.config/fish/config.fish
`;

/** Declares `prescale completion <shell>`. */
export function addCompletion(program: Command, exitCodes: string): void {
  program
    .command('completion')
    .description('The script that makes a shell complete commands, options and their values.')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .addHelpText('after', NOTES + exitCodes)
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const { SCRIPTS } = await import('./scripts.ts');
      await writeData([SCRIPTS[shell]]);
    });
}

/** What its scripts ask for: "prescale __complete <words…>". Not of commander's, which would take the options among the words for ours. */
export const COMPLETE = '__complete';

/** The words that may stand where the cursor is. @param typed those after the program's name, up to the cursor */
export async function answerCompletion(program: Command, typed: readonly string[]): Promise<void> {
  const { candidates } = await import('./candidates.ts');
  const { words, files } = candidates(program, typed);
  await writeTabbed([...words.map(({ word, about }) => [word, about]), [`:${files ? 0 : 4}`]]);
}
