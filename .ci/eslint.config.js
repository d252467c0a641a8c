// One statement a line, no assignment inside an expression, functions under 40 lines; formatting is prettier's.
import js from '@eslint/js';
import globals from 'globals';

export default [
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2024, sourceType: 'module', globals: { ...globals.browser, ...globals.worker } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'max-lines-per-function': ['error', { max: 40, skipComments: true }],
      'max-len': ['error', { code: 120 }],
      'max-statements-per-line': ['error', { max: 1 }],
      'no-cond-assign': ['error', 'always'],
      'no-multi-assign': 'error',
      'no-return-assign': ['error', 'always'],
      'no-sequences': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: ':not(ExpressionStatement, ForStatement, AssignmentExpression) > AssignmentExpression',
          message: 'An assignment is a statement of its own.',
        },
      ],
      'no-unused-expressions': 'error',
      'no-var': 'error',
      'one-var': ['error', 'never'],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'prefer-const': 'error',
    },
  },
];
