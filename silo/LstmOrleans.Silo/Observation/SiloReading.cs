namespace LstmOrleans.Silo.Observation;

/// <summary>Asks a silo for what it observed.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("lstm.ReadingRequest")]
internal sealed record ReadingRequest
{
    /// <summary>Only fine slots behind this one; negative = all.</summary>
    [Id(0)] public long FineAfter { get; init; }

    /// <summary>Only coarse slots behind this one; negative = all.</summary>
    [Id(1)] public long CoarseAfter { get; init; }
}

/// <summary>What a silo tells of itself.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("lstm.SiloReading")]
internal sealed record SiloReading
{
    /// <summary>Version of this product.</summary>
    [Id(0)] public string Version { get; init; } = "";

    /// <summary>Name of the machine.</summary>
    [Id(1)] public string Machine { get; init; } = "";

    /// <summary>Processors that the process may use.</summary>
    [Id(2)] public int Processors { get; init; }

    /// <summary>Share of them that the process used in the last seconds, 0 to 1.</summary>
    [Id(3)] public double Cpu { get; init; }

    /// <summary>Bytes of physical memory that the process has.</summary>
    [Id(4)] public long Memory { get; init; }

    /// <summary>Bytes that it may have: the container's limit or the machine's memory.</summary>
    [Id(5)] public long MemoryLimit { get; init; }

    /// <summary>Seconds since the process started.</summary>
    [Id(6)] public double UpSeconds { get; init; }

    /// <summary>Batch forwards under way.</summary>
    [Id(7)] public long ComputeBusy { get; init; }

    /// <summary>Most that may be.</summary>
    [Id(8)] public long ComputeLimit { get; init; }

    /// <summary>Why the store takes no writes; empty = it does.</summary>
    [Id(9)] public string StoreProblem { get; init; } = "";

    /// <summary>Why it may lose what it acknowledged; empty = it does not.</summary>
    [Id(10)] public string StoreWarning { get; init; } = "";

    /// <summary>The last five seconds as one slot.</summary>
    [Id(11)] public SlotReading Now { get; init; } = new();

    /// <summary>Seconds that <see cref="Now"/> covers.</summary>
    [Id(12)] public double NowSeconds { get; init; }

    /// <summary>Seconds that are over.</summary>
    [Id(13)] public IReadOnlyList<SlotReading> Fine { get; init; } = [];

    /// <summary>Tens of seconds that are over.</summary>
    [Id(14)] public IReadOnlyList<SlotReading> Coarse { get; init; } = [];

    /// <summary>What was computed with which model.</summary>
    [Id(15)] public IReadOnlyList<ModelReading> Models { get; init; } = [];
}

/// <summary>A slot as it travels.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("lstm.SlotReading")]
internal sealed record SlotReading
{
    /// <summary>Its first second, Unix time.</summary>
    [Id(0)] public long Start { get; init; }

    /// <summary>By <see cref="SlotValue"/>.</summary>
    [Id(1)] public long[] Values { get; init; } = [];

    /// <summary>By <see cref="LatencyHistogram.Encode"/>.</summary>
    [Id(2)] public byte[] StepLatency { get; init; } = [];

    /// <summary>A value; 0 from a silo that does not know it.</summary>
    public long this[SlotValue value] => (int)value < Values.Length ? Values[(int)value] : 0;
}

/// <summary>A model's use in one silo, in the last seconds.</summary>
[GenerateSerializer, Immutable, OmitDefaultMemberValues, Alias("lstm.ModelReading")]
internal sealed record ModelReading
{
    /// <summary>The first digits of the hash, or <c>other</c>.</summary>
    [Id(0)] public string Tag { get; init; } = "";

    /// <summary>Steps since the process started.</summary>
    [Id(1)] public long Steps { get; init; }

    /// <summary>Steps a second.</summary>
    [Id(2)] public double StepRate { get; init; }

    /// <summary>Floating-point operations a second, steps and batches.</summary>
    [Id(3)] public double FlopRate { get; init; }
}
