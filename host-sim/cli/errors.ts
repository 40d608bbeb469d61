/**
 * What a command throws to end with one clear line on stderr: `dosegate: <message>`. Anything else that is thrown is
 * a defect of the program and shows its stack.
 */
export class CliError extends Error {
  override readonly name = "CliError";

  /** `exitCode` 2: wrong usage or a file that cannot be used. 1: the work was done and its answer is no. */
  constructor(
    message: string,
    readonly exitCode: 1 | 2 = 2,
  ) {
    super(message);
  }
}
