using Microsoft.Extensions.Options;

namespace LstmOrleans.Silo.Models;

/// <summary>Where models are. Configuration section <c>Lstm:Models</c>.</summary>
public sealed class ModelStoreOptions
{
    /// <summary>The folder of models.</summary>
    public string Directory { get; set; } = "lstm-data/models";
}

internal sealed class ModelStoreOptionsValidator : IValidateOptions<ModelStoreOptions>
{
    public ValidateOptionsResult Validate(string? name, ModelStoreOptions options) =>
        string.IsNullOrWhiteSpace(options.Directory) ? Fail("is empty") : File.Exists(options.Directory) ? Fail($"is '{options.Directory}', which is a file") : ValidateOptionsResult.Success;

    private static ValidateOptionsResult Fail(string problem) =>
        ValidateOptionsResult.Fail($"Lstm:Models:Directory {problem}; it must name the folder of models, for example lstm-data/models.");
}
