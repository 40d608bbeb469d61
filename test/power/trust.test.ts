import { powerTests } from "./suite.js";

powerTests("trust", { every: 150, seed: 2 });
