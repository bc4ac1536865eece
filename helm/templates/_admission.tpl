{{- define "prescale.metadataVariables" -}}
- name: newAnnotations
  expression: 'has(object.metadata.annotations) ? object.metadata.annotations : {}'
- name: oldAnnotations
  expression: 'has(oldObject.metadata.annotations) ? oldObject.metadata.annotations : {}'
- name: sameMetadata
  expression: >-
    has(object.metadata.labels) == has(oldObject.metadata.labels) &&
    (!has(object.metadata.labels) || object.metadata.labels == oldObject.metadata.labels) &&
    has(object.metadata.finalizers) == has(oldObject.metadata.finalizers) &&
    (!has(object.metadata.finalizers) || object.metadata.finalizers == oldObject.metadata.finalizers) &&
    has(object.metadata.ownerReferences) == has(oldObject.metadata.ownerReferences) &&
    (!has(object.metadata.ownerReferences) || object.metadata.ownerReferences == oldObject.metadata.ownerReferences)
{{- end -}}

{{- define "prescale.policyBinding" -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ .name }}
  {{- .marks | nindent 2 }}
spec:
  policyName: {{ .name }}
  validationActions: [Deny]
{{- end -}}
