using LstmOrleans.Hosting.Dashboard.Batch;

namespace LstmOrleans.Hosting.Dashboard.Api;

/// <summary>A model that a batch can be run with.</summary>
internal sealed record BatchModelView(string Name, string Hash, string Shape, int InputSize, int AnswerSize, int OutputSize, bool Bidirectional, IReadOnlyList<string> FeatureNames, string Problem);

/// <summary>What may be sent, and to which models.</summary>
/// <param name="MostBytes">Most bytes of a file.</param>
/// <param name="Models">The models of this silo.</param>
internal sealed record BatchOffer(int MostBytes, IReadOnlyList<BatchModelView> Models);

/// <summary>What a batch forward has answered, to be looked at.</summary>
/// <param name="Model">Content hash of the model used.</param>
/// <param name="Sequences">B.</param>
/// <param name="Steps">Steps of all sequences together.</param>
/// <param name="InputSize">I.</param>
/// <param name="AnswerSize">A.</param>
/// <param name="Drawings">The first sequences.</param>
internal sealed record BatchView(string Model, int Sequences, long Steps, int InputSize, int AnswerSize, IReadOnlyList<BatchDrawing> Drawings);
