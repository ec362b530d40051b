# The web page in a container, on the CPU.
#   docker build -t nichelens .          # smaller: --build-arg TORCH_INDEX=ADDRESS, see below
#   docker run --rm -p 7860:7860 nichelens
#   docker run --rm -p 7860:7860 -v "$PWD":/slides:ro nichelens demo /slides/SLIDE.h5ad --niche-key region --host 0.0.0.0
FROM python:3.11-slim

# Address of an index with CPU builds of torch (pytorch.org lists it). Without it the image also holds CUDA, some 5 GB more.
ARG TORCH_INDEX=
COPY constraints.txt /tmp/constraints.txt
RUN if [ -n "$TORCH_INDEX" ]; then \
        grep -E '^(torch|torchvision)==' /tmp/constraints.txt > /tmp/torch.txt \
        && pip install --no-cache-dir --index-url "$TORCH_INDEX" -r /tmp/torch.txt; \
    fi

COPY . /src
RUN pip install --no-cache-dir -c /tmp/constraints.txt /src && rm -rf /src

RUN useradd --create-home nichelens
USER nichelens
WORKDIR /home/nichelens
EXPOSE 7860
ENTRYPOINT ["nichelens"]
CMD ["demo", "--host", "0.0.0.0"]
