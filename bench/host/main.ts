import { join } from "node:path";
import { readBuild } from "./module.js";
import { ROOT } from "./package-version.js";
import { HASH_SERIES, runEd25519, runHash } from "./primitives-run.js";
const build = readBuild(process.argv[2] ?? join(ROOT, "build"), "dosegate-diag.wasm");
const o = { rounds: 11, turnMs: 10, warmUpMs: 150 };
const show = (s: Awaited<ReturnType<typeof runEd25519>>) => {
  console.log(s.title);
  console.table(
    s.rows.map((r) => ({
      name: r.name,
      v: r.version,
      us: r.us,
      x: r.timesOurs,
      xp: r.timesOursPrepared,
      wrong: r.wrong ?? r.absent,
    })),
  );
};
console.time("all");
show(await runEd25519(build, o));
for (const { bits, bytes } of HASH_SERIES) {
  show(await runHash(build, bits, bytes, { rounds: 11, turnMs: 4, warmUpMs: 40 }));
}
console.timeEnd("all");
