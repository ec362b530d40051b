# The web page in a container, on the CPU.
#   docker build -t nichelens .          # smaller: --build-arg TORCH_INDEX=ADDRESS, see below
#   docker run --rm -p 127.0.0.1:7860:7860 nichelens
#   docker run --rm -p 127.0.0.1:7860:7860 -v "$PWD":/slides:ro nichelens demo /slides/SLIDE.h5ad --host 0.0.0.0
# The tools for agents, and a password (USER:PASSWORD) from the environment; docs/serving.md and docs/agents.md tell more:
#   docker run --rm -p 7860:7860 -v "$PWD":/slides:ro -e NICHELENS_AUTH nichelens demo --host 0.0.0.0 --mcp --allow /slides
FROM python:3.11-slim

# Address of an index with CPU builds of torch (pytorch.org lists it). Without it the image also holds CUDA, some 5 GB more.
ARG TORCH_INDEX=
COPY constraints.txt /tmp/constraints.txt
RUN if [ -n "$TORCH_INDEX" ]; then \
        grep -E '^(torch|torchvision)==' /tmp/constraints.txt > /tmp/torch.txt \
        && pip install --no-cache-dir --index-url "$TORCH_INDEX" -r /tmp/torch.txt; \
    fi

COPY . /src
RUN pip install --no-cache-dir -c /tmp/constraints.txt '/src[agents]' && rm -rf /src

RUN useradd --create-home nichelens
USER nichelens
WORKDIR /home/nichelens
EXPOSE 7860
ENTRYPOINT ["nichelens"]
CMD ["demo", "--host", "0.0.0.0"]
