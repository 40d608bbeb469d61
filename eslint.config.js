import js from "@eslint/js";
import tseslint from "typescript-eslint";

/** Rules shared by the module and by everything around it. */
const shared = {
  eqeqeq: "error",
  curly: ["error", "multi-line"],
  "no-var": "error",
  "prefer-const": "error",
  "max-depth": ["error", 5],
  complexity: ["error", 30],
};

export default tseslint.config(
  { ignores: ["build/", "ports/c/build/", "dist/", "node_modules/", ".venv/", "out/", "coverage/"] },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    ignores: ["assembly/**"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { project: "./tsconfig.test.json", tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      ...shared,
      "max-lines": ["error", { max: 450, skipBlankLines: true, skipComments: true }],
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
    },
  },
  {
    // AssemblyScript: parsed as TypeScript, so decorators stay off functions; its `==` is typed and exact, and its
    // integer types and builtins are globals that only its own compiler resolves.
    files: ["assembly/**/*.ts"],
    extends: [tseslint.configs.base],
    rules: {
      ...shared,
      eqeqeq: "off",
      "no-undef": "off",
      "no-unused-vars": "off",
      "no-loss-of-precision": "off", // literals are u64 here
      "@typescript-eslint/no-unused-vars": "error",
      "no-restricted-syntax": [
        "error",
        { selector: "NewExpression", message: "The module has no heap: use a region of layout.ts." },
        { selector: "FunctionDeclaration > Decorator", message: "No decorators on functions." },
        {
          selector: "ThrowStatement",
          message: "Bad input is a status (SPEC 11); programmer errors are asserts.",
        },
      ],
      "max-lines": ["error", { max: 450, skipBlankLines: true, skipComments: true }],
    },
  },
  { files: ["assembly/crypto/**/*.ts"], rules: { "max-lines": "off" } },
  {
    files: ["**/*.js", "**/*.mjs"],
    languageOptions: { globals: { process: "readonly", console: "readonly", URL: "readonly" } },
  },
);
