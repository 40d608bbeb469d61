/** One whole run, group by group, and its result. */
import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { type CommandRow, runCommands } from "./command-run.js";
import { best, commandFigures, type Figures, libraryFigures, seriesFigures } from "./figures.js";
import { type LibraryRun, runLibraries } from "./library-run.js";
import { type Build, readBuild } from "./module.js";
import type { Group, Options } from "./options.js";
import { packageVersion, ROOT } from "./package-version.js";
import { HASH_SERIES, runEd25519, runHash, type Series } from "./primitives-run.js";

/** Everything that was measured. */
export interface Result {
  readonly schema: 1;
  /** Of the repository when it was measured; `+` after it if files differed. */
  readonly commit: string;
  readonly commitDate: string;
  readonly machine: {
    readonly processor: string;
    readonly cores: number;
    readonly node: string;
    readonly v8: string;
    readonly openssl: string;
    readonly asc: string;
  };
  readonly release: { readonly bytes: number; readonly sha256: string };
  readonly diag: { readonly bytes: number; readonly sha256: string };
  readonly quick: boolean;
  readonly series: readonly Series[];
  readonly commands: readonly CommandRow[];
  readonly libraries: LibraryRun | null;
  /** The best of all runs where `--check` measured again. */
  readonly figures: Figures;
}

/** Effort of a run: the quick one keeps to a minute with two repetitions. */
const EFFORT = {
  full: {
    ed25519: { rounds: 61, turnMs: 8, warmUpMs: 400 },
    hash: { rounds: 41, turnMs: 3, warmUpMs: 100 },
    commands: 1000,
    library: { installs: 9, commands: 200, proofs: { rounds: 41, turnMs: 4, warmUpMs: 100 } },
  },
  quick: {
    ed25519: { rounds: 21, turnMs: 5, warmUpMs: 150 },
    hash: { rounds: 11, turnMs: 2, warmUpMs: 30 },
    commands: 300,
    library: { installs: 3, commands: 50, proofs: { rounds: 15, turnMs: 2, warmUpMs: 30 } },
  },
};

/** A bench with its modules read; `say` is told what begins. */
export class Bench {
  readonly #release: Build;
  readonly #diag: Build;
  readonly #quick: boolean;
  readonly #series = new Map<string, Series>();
  #commands: readonly CommandRow[] = [];
  #libraries: LibraryRun | null = null;
  #figures: Figures = {};

  constructor(
    { quick, build }: Pick<Options, "quick" | "build">,
    readonly say: (line: string) => void,
  ) {
    this.#quick = quick;
    this.#release = readBuild(build, "dosegate.wasm");
    this.#diag = readBuild(build, "dosegate-diag.wasm");
  }

  get figures(): Figures {
    return this.#figures;
  }

  /** Measures a group; of figures that are there already the better ones stay. */
  async measure(group: Group): Promise<void> {
    globalThis.gc?.();
    const effort = EFFORT[this.#quick ? "quick" : "full"];
    switch (group) {
      case "ed25519":
        this.say("Ed25519");
        this.#keep(await runEd25519(this.#diag, effort.ed25519));
        break;
      case "sha256":
      case "sha512":
        for (const { bits, bytes } of HASH_SERIES.filter((it) => `sha${it.bits}` === group)) {
          this.say(`SHA-${bits} of ${bytes} bytes`);
          this.#keep(await runHash(this.#diag, bits, bytes, effort.hash));
        }
        break;
      case "command":
        this.say("dose commands");
        this.#commands = runCommands(this.#release.module, effort.commands);
        this.#figures = best(this.#figures, commandFigures(this.#commands));
        break;
      case "library":
        this.say("libraries of 40, 1,200 and 65,536 entries");
        this.#libraries = await runLibraries(this.#release.module, this.#diag, effort.library);
        this.#figures = best(this.#figures, libraryFigures(this.#libraries));
        break;
    }
  }

  result(): Result {
    const git = (...args: string[]) =>
      execFileSync("git", args, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    const of = ({ bytes, sha256 }: Build) => ({ bytes, sha256 });
    const differs = repository(() => git("status", "--porcelain", "--untracked-files=no")) !== "";
    return {
      schema: 1,
      commit: repository(() => git("rev-parse", "HEAD")) + (differs ? "+" : ""),
      commitDate: repository(() => git("show", "-s", "--format=%cI", "HEAD")),
      machine: {
        processor: cpus()[0]?.model ?? "unknown",
        cores: cpus().length,
        node: process.versions.node,
        v8: process.versions.v8,
        openssl: process.versions.openssl,
        asc: packageVersion("assemblyscript"),
      },
      release: of(this.#release),
      diag: of(this.#diag),
      quick: this.#quick,
      series: [...this.#series.values()],
      commands: this.#commands,
      libraries: this.#libraries,
      figures: this.#figures,
    };
  }

  #keep(series: Series): void {
    this.#series.set(series.id, series);
    this.#figures = best(this.#figures, seriesFigures(series));
  }
}

/** Empty outside of a repository. */
function repository(ask: () => string): string {
  try {
    return ask();
  } catch {
    return "";
  }
}
