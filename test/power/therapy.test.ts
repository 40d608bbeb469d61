import { powerTests } from "./suite.js";

// Exhaustive in the first call, which associates a patient: one record.
powerTests("therapy", { point: 0 });
