using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Contracts.Batch;

/// <summary>Full sequences through a model; stateless, on any silo.</summary>
[Alias("lstm.IBatchGrain")]
public interface IBatchGrain : IGrainWithIntegerKey
{
    /// <summary><c>output, (h_n, c_n) = lstm(x, (h_0, c_0))</c>, also bidirectional, also with lengths.</summary>
    /// <remarks>May take minutes; a caller that gave up after seconds and sent it again would only double the work.</remarks>
    [Alias("Forward"), ResponseTimeout("00:10:00")]
    Task<ForwardAnswer> Forward(ForwardRequest request);
}

/// <summary>Sequences for one batch forward.</summary>
[GenerateSerializer, Immutable, Alias("lstm.ForwardRequest")]
public sealed record ForwardRequest
{
    /// <summary>The model: a name, or 64 hexadecimal digits of its content hash.</summary>
    [Id(0)] public required string Model { get; init; }

    /// <summary>B.</summary>
    [Id(1)] public required int Batch { get; init; }

    /// <summary>T.</summary>
    [Id(2)] public required int Steps { get; init; }

    /// <summary>Whether x and output are (B, T, ·) rather than (T, B, ·).</summary>
    [Id(3)] public bool BatchFirst { get; init; }

    /// <summary>x, float32, little-endian.</summary>
    [Id(4)] public required ReadOnlyMemory<byte> Inputs { get; init; }

    /// <summary>B lengths, int32, little-endian; empty = all T.</summary>
    [Id(5)] public ReadOnlyMemory<byte> Lengths { get; init; }

    /// <summary>h_0, (L*D, B, K) float32; empty = zeros.</summary>
    [Id(6)] public ReadOnlyMemory<byte> H0 { get; init; }

    /// <summary>c_0, (L*D, B, H) float32; empty = zeros.</summary>
    [Id(7)] public ReadOnlyMemory<byte> C0 { get; init; }

    /// <summary>AnswerOutput: the output even where the model has a head; AllowNonFinite: let NaN and infinity through.</summary>
    [Id(8)] public StreamOptions Options { get; init; }
}

/// <summary>The result of a batch forward.</summary>
[GenerateSerializer, Immutable, Alias("lstm.ForwardAnswer")]
public sealed record ForwardAnswer
{
    /// <summary>Ok, Invalid or retryable.</summary>
    [Id(0)] public StreamStatus Status { get; init; }

    /// <summary>Content hash of the model used.</summary>
    [Id(1)] public string ModelHash { get; init; } = "";

    /// <summary>Floats of one step's answer.</summary>
    [Id(2)] public int AnswerSize { get; init; }

    /// <summary>(B, T, A) or (T, B, A) float32, little-endian; 0 where a sequence is padded.</summary>
    [Id(3)] public ReadOnlyMemory<byte> Answers { get; init; }

    /// <summary>h_n, (L*D, B, K) float32.</summary>
    [Id(4)] public ReadOnlyMemory<byte> HN { get; init; }

    /// <summary>c_n, (L*D, B, H) float32.</summary>
    [Id(5)] public ReadOnlyMemory<byte> CN { get; init; }

    /// <summary>For a person: value, rule, remedy; empty when Ok.</summary>
    [Id(6)] public string Detail { get; init; } = "";
}
