/** Prints a step of a long run. In a global setup of Jest, console.log would also print a stack trace. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

const width = 30;

/** The progress of a long run: a line that a terminal redraws, or, without a terminal, a new line for each tenth. */
export class Progress {
  readonly #total: number;
  readonly #what: string;
  #done = 0;
  #drawn = 0;

  constructor(total: number, what: string) {
    this.#total = total;
    this.#what = what;
  }

  advance(): void {
    this.#done = Math.min(this.#done + 1, this.#total);
    const steps = process.stderr.isTTY ? 200 : 10;
    const step = Math.floor((this.#done / this.#total) * steps);
    if (step === this.#drawn) return;
    this.#drawn = step;
    this.#draw();
  }

  #draw(): void {
    const full = Math.floor((this.#done / this.#total) * width);
    const line = `[${'#'.repeat(full)}${'.'.repeat(width - full)}] ${this.#done} of ${this.#total} ${this.#what}`;
    if (process.stderr.isTTY) process.stderr.write(`\r${line}${this.#done === this.#total ? '\n' : ''}`);
    else process.stderr.write(`${line}\n`);
  }
}
