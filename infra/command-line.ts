import { type ParseArgsConfig, parseArgs } from 'node:util';

/**
 * The options of a command, whose help begins with the command itself. A command calls this before it does anything:
 * `--help` and `-h` print the help and end the process, and an argument that the command does not take ends it with one sentence.
 */
export function commandLine<const Config extends Pick<ParseArgsConfig, 'options' | 'allowPositionals'>>(
  help: string,
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  helpOnRequest(help);
  try {
    return parseArgs<Config>(config);
  } catch (error) {
    const [problem = ''] = error instanceof Error ? error.message.split(/\. |\n/) : [];
    return refuse(help, problem);
  }
}

/** Prints the help and ends the process, if `--help` or `-h` is among the arguments. */
export function helpOnRequest(help: string): void {
  if (!process.argv.slice(2).some((argument) => argument === '--help' || argument === '-h')) return;
  console.log(help);
  process.exit(0);
}

/** Ends the command with one sentence that points to its help. */
export function refuse(help: string, problem: string): never {
  const [command] = /^npm (?:run )?[\w:-]+/.exec(help) ?? [];
  console.error(`${problem}: ${command} -- --help lists the arguments.`);
  process.exit(1);
}
