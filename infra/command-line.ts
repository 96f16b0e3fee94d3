import { type ParseArgsConfig, parseArgs } from 'node:util';

/**
 * Parses the arguments of a command. Call it before the command does anything else: `--help` and `-h` print the help and end
 * the process, and an unknown argument ends it with one sentence. The help must begin with the command, such as `npm run replay`.
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

/** If `--help` or `-h` is among the arguments, prints the help and ends the process. */
export function helpOnRequest(help: string): void {
  if (!process.argv.slice(2).some((argument) => argument === '--help' || argument === '-h')) return;
  console.log(help);
  process.exit(0);
}

/** Ends the process with exit code 1 and one sentence that points to the help. */
export function refuse(help: string, problem: string): never {
  const [command] = /^npm (?:run )?[\w:-]+/.exec(help) ?? [];
  console.error(`${problem}: ${command} -- --help lists the arguments.`);
  process.exit(1);
}
