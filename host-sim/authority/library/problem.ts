/** What the library tool has to say about a line of YAML. */
export interface Problem {
  readonly severity: "error" | "warning";
  readonly file: string;
  /** 1-based; 0 where a problem belongs to no line. */
  readonly line: number;
  /** What the line is about, "NORepinephrine 16 mg/250 mL"; may be empty. */
  readonly subject: string;
  readonly message: string;
}

/** "icu.yaml:42: NORepinephrine 16 mg/250 mL: continuous.soft_max 3 mcg/kg/min is above ..." */
export function formatProblem(problem: Problem): string {
  const place = problem.line === 0 ? problem.file : `${problem.file}:${problem.line}`;
  const subject = problem.subject === "" ? "" : `${problem.subject}: `;
  return `${place}: ${problem.severity === "warning" ? "warning: " : ""}${subject}${problem.message}`;
}

/** By file and line, and each only once: limits that several variants share are judged with each of them. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems
    .filter((problem) => {
      const key = `${problem.file}\n${problem.line}\n${problem.message}`;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    })
    .sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
}

/** Thrown where a library is needed and its author must first mend it. */
export class LibraryError extends Error {
  override readonly name: string = "LibraryError";
  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(formatProblem).join("\n"));
  }
}

/** Thrown for a path that holds no library at all, so that none could be judged. */
export class UnreadableError extends LibraryError {}
