/** From files of YAML, or a directory of them, to a checked and compiled library. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile, type CompiledLibrary } from "./compile.js";
import { SourceFile } from "./document.js";
import { parseHeader } from "./header.js";
import type { LibraryHeader } from "./model.js";
import { type AuthoredArea, parseAreas } from "./parse.js";
import { LibraryError, type Problem, sortProblems, UnreadableError } from "./problem.js";
import { checkAreas, checkHeader } from "./structure.js";

/** A file of YAML by its displayed name. */
export interface LibrarySource {
  readonly name: string;
  readonly text: string;
}

/** What checking yields: every problem, and the library if none is an error. */
export interface Checked {
  readonly problems: readonly Problem[];
  readonly areas: readonly AuthoredArea[];
  readonly library?: CompiledLibrary;
}

/** Largest number of problems that are worth reading before the first is mended. */
const PROBLEMS_MAX = 200;

/** Pump class that is assumed where none is named: 1, large volume. */
export const PUMP_CLASS_DEFAULT = 1;

/** Checks sources together for a pump class (1..3): one of them holds the header, any of them areas. */
export function checkLibrary(
  sources: readonly LibrarySource[],
  pumpClass: number = PUMP_CLASS_DEFAULT,
): Checked {
  const problems: Problem[] = [];
  const areas: AuthoredArea[] = [];
  let header: LibraryHeader | undefined;
  let headerFile: string | undefined;
  for (const { name, text } of sources) {
    const file = new SourceFile(name, text, problems);
    file.root?.only(["library", "areas"]);
    if (file.root?.has("library") === true) {
      const written = parseHeader(file);
      if (headerFile === undefined) header = written;
      else {
        file.error(
          file.root.lineOf("library"),
          "",
          `the library's header is already in ${headerFile}; keep one`,
        );
      }
      headerFile ??= name;
    }
    areas.push(...parseAreas(file));
  }
  const where = sources[0]?.name ?? "library";
  if (headerFile === undefined) {
    problems.push(fault(where, "no file has a `library:` header; add one (docs/LIBRARY.md)"));
  }
  if (areas.length === 0) {
    problems.push(fault(where, "no file has a usable care area; add one under `areas:`"));
  }
  problems.push(...checkAreas(areas, pumpClass));
  if (header) problems.push(...checkHeader(header, headerFile!));

  const sorted = sortProblems(problems);
  if (!header || sorted.some(({ severity }) => severity === "error")) {
    return { problems: sorted.slice(0, PROBLEMS_MAX), areas };
  }
  const models = areas.flatMap((area) => [area.profile.entry, ...area.drugs.map(({ entry }) => entry)]);
  return { problems: sorted, areas, library: compile(header, models) };
}

/**
 * The YAML files that paths name: a file by itself, a directory by its `.yaml` and `.yml` files in order of name. Throws
 * UnreadableError for a path that cannot be read or a directory without such files.
 */
export function readSources(paths: string | readonly string[]): LibrarySource[] {
  return [paths].flat().flatMap((path) => {
    let files = [path];
    try {
      if (statSync(path).isDirectory()) {
        const names = readdirSync(path).filter((name) => /\.ya?ml$/.test(name));
        files = names.sort().map((name) => join(path, name));
      }
      if (files.length > 0) {
        return files.map((file) => ({ name: basename(file), text: readFileSync(file, "utf8") }));
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const why = code === "ENOENT" ? "no such file or directory" : `cannot be read (${code ?? "unknown"})`;
      throw new UnreadableError([fault(path, `${why}; name a file of YAML, or a directory of them`)]);
    }
    throw new UnreadableError([fault(path, "the directory has no .yaml file; name another one, or a file")]);
  });
}

/** Checks and compiles files or directories; throws LibraryError with every error if there is one. */
export function loadLibrary(
  paths: string | readonly string[],
  pumpClass: number = PUMP_CLASS_DEFAULT,
): CompiledLibrary {
  const { library, problems } = checkLibrary(readSources(paths), pumpClass);
  if (!library) throw new LibraryError(problems.filter(({ severity }) => severity === "error"));
  return library;
}

function fault(file: string, message: string): Problem {
  return { severity: "error", file, line: 0, subject: "", message };
}

/** Directory of the example library that this repository ships (NOT FOR CLINICAL USE). */
export function exampleDirectory(): string {
  // tsc copies no YAML: from dist/authority/library the example still lies in the sources, three folders up.
  const places = ["./example", "../../../host-sim/authority/library/example"];
  const found = places.map((place) => fileURLToPath(new URL(place, import.meta.url))).find(existsSync);
  if (found === undefined) {
    throw new UnreadableError([
      fault("example", "the example library is missing; install the package again"),
    ]);
  }
  return found;
}
