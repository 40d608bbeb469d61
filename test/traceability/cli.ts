/** Entry of `npm run trace`, compiled to out/traceability; main.ts says what it takes. */
import { main } from "./main.js";

// A reader that has seen enough closes the pipe; that is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});
process.exitCode = main(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`));
