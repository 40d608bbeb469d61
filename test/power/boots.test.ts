import { powerTests } from "./suite.js";

powerTests("boots", { every: 150, seed: 4 });
