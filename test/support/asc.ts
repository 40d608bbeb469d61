/**
 * The AssemblyScript compiler, without its type declarations: they declare `console`, `Array` and more anew for the whole
 * program, so that everything else would be checked against AssemblyScript's library instead of Node's.
 */
export interface CompilerHost {
  /** Text of a file, `null` if there is none. */
  readonly readFile: (name: string) => string | null;
  readonly writeFile: (name: string, contents: string | Uint8Array) => void;
  readonly listFiles: () => string[];
  /** Where diagnostics go; without it they are collected in the result. */
  readonly stderr?: { write(chunk: string | Uint8Array): unknown };
}

export interface CompilerResult {
  readonly error: Error | null;
  readonly stderr: { toString(): string };
}

type Main = (options: string[], host: CompilerHost) => Promise<CompilerResult>;

// Not a literal: the type checker would follow it.
const COMPILER: string = "assemblyscript/asc";

export const { main } = (await import(COMPILER)) as { readonly main: Main };
