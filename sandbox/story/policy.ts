import { securityGroup } from './people.ts';

/** The policy of the story: the security group decides about everything. */
export const policy = `# What Leakstop may do in the story: each control's own mode holds, and one group decides.
format: 1
approvers:
  - name: security-decides
    scope: '*'
    principals:
      - id: ${securityGroup.id}
        label: ${securityGroup.label}
`;
