# `npm run image` builds it (image/build.sh). Both base images are given by digest: a tag may be another image tomorrow.
# NODE_IMAGE brings Node and npm to build with. Of RUNTIME_IMAGE only glibc and libstdc++ are needed: a distroless image fits.
ARG NODE_IMAGE
ARG RUNTIME_IMAGE

# On the builder's own processor: an image for another one needs no emulation.
FROM --platform=${BUILDPLATFORM} ${NODE_IMAGE} AS build
ARG NODE_IMAGE
ARG RUNTIME_IMAGE
RUN for image in "${NODE_IMAGE}" "${RUNTIME_IMAGE}"; do \
      case "${image}" in \
        *@sha256:????????????????????????????????????????????????????????????????) ;; \
        *) echo "found the base image ${image}; expected one by digest, such as node:24-bookworm-slim@sha256:…" >&2; exit 1 ;; \
      esac; \
    done
# true adds native TensorFlow, 580 MB: the training of the neural model takes a fraction of the time that WebAssembly needs, which is
# always there (6 MB). On the builder's own processor only.
ARG NATIVE_TFJS=false
# amd64 or arm64; the builder sets it.
ARG TARGETARCH
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
# The secret `ca` is a PEM file of certificate authorities to trust beside Node's own, for a network that inspects TLS.
# Install scripts of packages are off; .npmrc says the same.
RUN --mount=type=secret,id=ca,target=/run/secrets/ca.pem \
    export NODE_EXTRA_CA_CERTS=/run/secrets/ca.pem; [ -f "${NODE_EXTRA_CA_CERTS}" ] || unset NODE_EXTRA_CA_CERTS; \
    npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY core core
COPY files files
COPY network network
COPY collector collector
COPY models models
COPY storage storage
COPY forecaster forecaster
COPY actuator actuator
COPY kubernetes kubernetes
COPY migration migration
COPY telemetry telemetry
COPY redis redis
COPY addon addon
COPY console console
COPY replay replay
COPY simulation simulation
COPY cli cli
RUN npm run build
RUN --mount=type=secret,id=ca,target=/run/secrets/ca.pem \
    export NODE_EXTRA_CA_CERTS=/run/secrets/ca.pem; [ -f "${NODE_EXTRA_CA_CERTS}" ] || unset NODE_EXTRA_CA_CERTS; \
    if [ "${NATIVE_TFJS}" = true ]; then \
      apt-get update && apt-get install -y --no-install-recommends g++ python3-pip && npm run native; \
    fi
# What is optional elsewhere is kept here: the packages of TensorFlow.js.
RUN set -eu; \
    for name in core layers backend-wasm backend-cpu $([ "${NATIVE_TFJS}" != true ] || echo node); do \
      version=$(node -p "require('./package.json').devDependencies['@tensorflow/tfjs-${name}']"); \
      npm pkg set "optionalDependencies[@tensorflow/tfjs-${name}]=${version}"; \
      npm pkg delete "devDependencies[@tensorflow/tfjs-${name}]"; \
    done; \
    npm prune --omit=dev --ignore-scripts
COPY image/prune.mjs image/
# The final root: a kernel starts the program by its first line, without a shell and without /usr/bin/env.
RUN node image/prune.mjs "${TARGETARCH:-}" \
 && sed -i '1s|.*|#!/usr/local/bin/node|' dist/cli/main.js && chmod 755 dist/cli/main.js \
 && mkdir -p /out/bin /out/store /out/work && ln -s /app/dist/cli/main.js /out/bin/prescale

FROM ${NODE_IMAGE} AS node

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG RUNTIME_IMAGE
LABEL org.opencontainers.image.title="prescale" \
      org.opencontainers.image.description="Predictive autoscaling for Kubernetes" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="${RUNTIME_IMAGE}"
# Two arenas: the worker threads of Node would each have one of their own, half empty. A small heap: what a thousand histories leave
# behind while they are read is collected early, and the memory limit of the chart holds.
ENV PATH=/usr/local/bin:/usr/bin:/bin NODE_ENV=production NO_COLOR=1 MALLOC_ARENA_MAX=2 \
    NODE_OPTIONS="--max-old-space-size=192 --max-semi-space-size=8"
# No RUN below: there is no shell.
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=build /src/package.json /app/
COPY --from=build /src/node_modules /app/node_modules
COPY --from=build /src/dist /app/dist
COPY schemas /app/schemas
COPY prices /app/prices
COPY LICENSE LICENSES.md README.md /app/
# So that `kubectl exec … -- prescale status` works.
COPY --from=build /out/bin/ /usr/local/bin/
# The store, and the folder in which `prescale replay load.csv` finds its trace and leaves its report, belong to the user that writes them.
COPY --from=build --chown=65532:65532 /out/store /var/lib/prescale
COPY --from=build --chown=65532:65532 /out/work /work
WORKDIR /work
USER 65532:65532
EXPOSE 8080 8081
ENTRYPOINT ["prescale"]
CMD ["run"]
