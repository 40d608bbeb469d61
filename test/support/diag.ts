import { loadDiag } from "../../host-sim/gate/diag.js";

export { Diag, DIAG_URL, loadDiag } from "../../host-sim/gate/diag.js";

/** The diagnostic module, one instance for each test file. */
export const diag = loadDiag();
